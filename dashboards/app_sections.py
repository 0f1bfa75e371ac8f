"""The pages and their order: file, title and sign, by what somebody comes for."""

# The first section needs no name.
SECTIONS = {  # messages: keys, values[*][1]
    "": (
        ("overview", "Overview", ":material/monitoring:"),
        ("search", "Search", ":material/search:"),
        ("customers", "Customers", ":material/person_search:"),
        ("segments", "Segments", ":material/groups:"),
        ("lists", "Lists", ":material/checklist:"),
        ("explore", "Explore", ":material/pivot_table_chart:"),
        ("questions", "Questions", ":material/quiz:"),
        ("compare", "Compare", ":material/compare_arrows:"),
    ),
    "Who they are": (
        ("tiers", "Tiers", ":material/change_history:"),
        ("rfm", "RFM", ":material/grid_on:"),
        ("loyalty", "Loyalty", ":material/favorite:"),
    ),
    "What follows what": (
        ("cross_sell", "Cross-sell", ":material/shopping_bag:"),
        ("paths", "Paths", ":material/route:"),
        ("funnels", "Funnels", ":material/filter_alt:"),
        ("service", "Service", ":material/support_agent:"),
    ),
    "What may come": (
        ("churn", "Churn", ":material/trending_down:"),
        ("value", "Value", ":material/savings:"),
        ("prospects", "Prospects", ":material/person_add:"),
        ("forecast", "Forecast", ":material/show_chart:"),
    ),
    "Behind it": (
        ("models", "Models", ":material/workspace_premium:"),
        ("review", "Review", ":material/join:"),
        ("data", "Data", ":material/database:"),
    ),
}
