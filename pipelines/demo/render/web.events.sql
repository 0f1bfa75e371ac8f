-- The web shop counts in UTC, keeps its tags in a struct, and names things its own way.
select
    deliver_on, flaw, "at" as sort_1, event as sort_2, 0 as sort_3,
    'E' || (100000000000 + event) as id,
    lpad(to_hex(visitor), 16, '0') as cookie,
    customer_code(account) as user_id,
    email_text(email_kind, 0, first_plain, last_plain, email_person, email_version) as mail,
    make_timestamp(("at" - ahead) * 1000000) as ts,
    cast(event_type as varchar) as type,
    case event_type
        when 'page_view' then case when campaign >= 0 then '/aktion' else '/' end
        when 'product_view' then '/produkt/' || product_code(product)
        when 'search' then '/suche'
        when 'add_to_cart' then '/produkt/' || product_code(product)
        when 'checkout' then '/kasse'
        when 'purchase' then '/danke/' || order_code("order")
        when 'login' then '/konto'
        when 'signup' then '/konto/neu'
        when 'newsletter' then '/newsletter'
        else '/katalog.pdf'
    end as path,
    case when product >= 0 then product_code(product) end as sku,
    case when event_type = 'search' then lower(about) end as query,
    nullif(cast(referrer as varchar), '') as referrer,
    struct_pack(
        source := case when campaign >= 0 then 'newsletter' end,
        medium := case when campaign >= 0 then 'email' end,
        campaign := case when campaign >= 0 then campaign_code(campaign) end
    ) as utm,
    cast(device as varchar) as device
from incoming
