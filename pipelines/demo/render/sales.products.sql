select
    deliver_on, flaw, "at" as sort_1, product as sort_2, 0 as sort_3,
    product_code(product) as product_id, name, category, subcategory, brand,
    money(unit_cost) as unit_cost, money(list_price) as list_price, instant_text("at") as updated_at
from incoming
