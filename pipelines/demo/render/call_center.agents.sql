select
    deliver_on, flaw, "at" as sort_1, agent as sort_2, 0 as sort_3,
    agent_code(agent) as "Agent",
    first || ' ' || last as "Name",
    ['Telefon', 'Schriftlich', 'Beschwerden'][1 + agent % 3] as "Team",
    35 + agent % 4 * 5 as "Kapazität",
    replace(cast(money(cost) as varchar), '.', ',') as "Stundensatz"
from incoming
