"""How `mining`, `models` and `pipelines` put answers and verdicts in words: patterns for `app_reasons`."""

ANSWERS = (  # messages: items
    # A question as it was asked: mining/questions
    "Who is most interested in this campaign?", "What do the most important customers care about most?",
    "Does the web make business grow or move it from elsewhere?", "Does value differ by region and demographics?",
    "Which ages respond to price cuts?", "Who prefers a person to a machine?",
    "Are customers under {age} worth more?", "Who buys {bought} and not {unbought}?",
    "Are new customers worth more than existing ones in their first {months} months?",
    "Did the strategy for {kind} work?", "high-income customers", "medium-income customers", "low-income customers",
    # Its answer
    "A buyer under {age} brings {mean} a year, another {usual}: a difference of {interval}: {verdict}.",
    "{few} of {whole} customers who buy {bought} do not buy {unbought}: {interval}.",
    "Most interested: {label}, {interval} of {whole} sent it: {verdict}.",
    "{few} new customers brought {mean} each in their first {months} months, {others} existing ones {usual} at that "
    "age: a difference of {interval}: {verdict}.",
    "{interval} of {whole} customers prefer a person, {machine} a machine; of the others it cannot be told.",
    "Most: {label}, {mean} times what would be expected ({low} to {high}): {verdict}.",
    "Per contact {interval} of margin after its cost, {few} sent, {others} not: {verdict}. Buyers: {machine} points.",
    "Largest: {label}, {interval} against all other buyers; {verdict}.",
    "{whole} customers who turned to the web spent {interval} more in all than their match over {days} days: "
    "{verdict}. Elsewhere they spent {elsewhere}: {moves}.",
    "Most is expected of {label}: {interval} of 7; {next} cannot be told apart from it. {got}",
    "Most is expected of {label}: {interval} of 7, {ahead} above {next}. {got}",
    "They get {gap} of it.", "What they get nobody answered.",
    "{mean} ({low} to {high})", "{mean} % ({low} to {high})",
    "no difference can be seen", "more", "less", "more than the others", "which chance may explain",
    "more than others", "no effect can be seen", "it worked", "it did harm", "no difference is clear",
    "{few} of {whole} levels differ clearly", "no growth can be seen", "business grows", "it shrinks",
    "nothing is seen to move", "part of it moves", "it grows there too",
    "region: {value}", "gender: {value}", "age_band: {value}", "income_band: {value}", "household_size: {value}",
    "lifestyle: {value}", "kind: {value}", "only {bought}", "under {age}", "{age} and over",
    # Why there is none
    "Cannot be answered: {why}. Missing: {feeds}.", "nothing has been delivered that speaks of it",
    "no buyer's birth date is known", "no {kind} were kept in a control group (arm 'control')",
    "no attribute of any buyer is known", "no survey asks what customers expect",
    "{few} buyers under {age} and {others} others; {needed} of each are needed.",
    "Nobody known bought {bought} in {months} months.",
    "No kind of customer was sent it {needed} times; the largest {few}.",
    "Only {few} new and {others} existing customers have reached that age on record; {needed} of each are needed.",
    "Only {few} customers have {least} contacts; {needed} are needed.",
    "No age has {needed} buyers and a line at a cut price.",
    "{few} contacts and {others} in the control group; {needed} of each are needed.",
    "No level has {needed} buyers and {others} others.",
    "Only {few} customers can be followed who turned to the web and have others to compare with; {needed} are needed.",
    "Fewer than two topics were answered by {needed} or more of the most important customers.",
    # What is counted
    "Net margin of the last twelve months per buyer, costs to serve taken off; age in whole years on the day.",
    "Known customers with a line of {bought}, and none of {unbought}, in {months} months; returns and cancelled orders "
    "do not count as buying.",
    "Of those who were sent the campaign: clicked, replied, redeemed or bought. Opening is not interest: mail programs "
    "open by themselves.",
    "Margin of a customer's orders within {months} x {days} days of the first, returns taken off, costs to serve not. "
    "New: reached that age in the last {window} days; existing: before.",
    "Customers with {least} contacts or more in {months} months of which so many were with a person that chance would "
    "not give it at equal liking.",
    "Lines bought at a discount, divided by those expected had each line the share at a discount that all lines of the "
    "same month, category and channel have. 1: no more than others; 1.2: a fifth more.",
    "Margin of the {days} days after a contact less the cost of the contact, per contact: those sent the campaign less "
    "those drawn by chance to be sent nothing. Everybody drawn counts, whatever they did.",
    "Net margin of the last twelve months per buyer, costs to serve taken off: buyers of a level less all other buyers "
    "whose attribute is known.",
    "Net revenue of the {days} days after the first order on the web less that of the {window} days before, per "
    "customer, compared with customers who bought elsewhere in the same month.",
    "Mean expectation, 1 to 7, by topic of the survey; a customer who answered twice speaks with the mean.",
    # How it is worked out
    "Difference of means with Welch's interval (1947). Buyers without a birth date are left out.",
    "Counted; interval after Wilson (1927).",
    "Wilson's interval (1927); each kind against all others by Newcombe's (1998), p values corrected for their number "
    "(Benjamini and Hochberg, 1995). Interest is no effect: whether the campaign made them buy only its control group "
    "tells.",
    "Difference of means with Welch's interval (1947). Same age, not same calendar time: seasons may differ.",
    "A preference is a Wilson interval (1927) of the customer's own share that lies above one half; so is the share of "
    "such customers. Those near one half are counted as not preferring either.",
    "Indirect standardisation; interval from the customers' own sums (linearised ratio), as a customer's lines are not "
    "independent; p values corrected for their number (Benjamini and Hochberg, 1995). Taking offers up is no proof "
    "that the offer made them buy: only a control group is.",
    "Difference of means with Welch's interval (1947), intention to treat; the share who bought by Newcombe's (1998). "
    "A customer of several campaigns counts once for each.",
    "Welch's intervals (1947), p values corrected for their number (Benjamini and Hochberg, 1995). Levels of less than "
    "{needed} buyers are not judged. Differences are not causes: regions differ in more than place.",
    "Difference in differences within strata of month and earlier orders, weighted by adopters, interval from the "
    "strata's variances. Who turns to the web chooses to: this is a comparison and no experiment. Spending elsewhere "
    "falls back a little in any case, as adopters were picked after buying elsewhere only.",
    "Student's interval; the foremost topic against the next by Welch's interval (1947). What is expected most is "
    "taken for what matters most (Parasuraman, Zeithaml and Berry, 1988).",
    # What a search for rules lacked: mining/rule_notes.py
    "Too little data: there are {few} days of purchases; a window of {window} days and a check on the {days} days "
    "after it need more than {needed}.",
    "Too little data: no two products were bought by {needed} customers each, with the window over, before the {days} "
    "days kept for the check.",
    "Too little data: no two categories were bought by {needed} customers each, with the window over, before the "
    "{days} days kept for the check.",
    "Too little data: {few} orders hold more than one product; a rule needs {needed}.",
    "Too little data: {few} orders hold more than one category; a rule needs {needed}.",
    "Too little data: {few} customers bought more than one product; a rule needs {needed}.",
    "Too little data: {few} customers bought more than one category; a rule needs {needed}.",
    "Too little data: {few} customers with this outcome and {others} without; {needed} of each are needed to compare "
    "their paths.",
    # How a model was judged, and what it lacked: models
    "AUC {mean} against {usual} of {baseline}: {gap} ({low} to {high})",
    "mean error {mean} against {usual} of {baseline}: {gap}% saved ({low}% to {high}%)",
    "right in {mean}% against {usual}% of {baseline}: {gap}% ({low}% to {high}%)",
    "too little to judge by: {few} rows on the later period, {needed} are needed",
    "too little to judge by: {few} of the rarer outcome on the later period, {needed} are needed",
    "{feature} has shifted (stability index {mean}, limit {usual})", "trained {days} days ago, limit {usual}",
    "there was none yet", "the settings have changed", "trained as of {day}",
    "the champion stays, it ranks as well or better: {said}",
    "the champion stays, the challenger's probabilities are further off: {said}",
    "the challenger takes over: {said}",
    "AUC {mean} against {usual}, calibration error {low} against {high}",
    "{days} days of orders: too short to choose a horizon from",
    "{few} customers to judge by: the shares are loosely known",
    "{few} customers to judge by: the figures are loosely known",
    "{few} weeks: no whole season to learn from, the forecast is a level",
    "{few} weeks: the intervals rest on few past forecasts",
    "{few} customers with a mean value, fewer than {needed}: loosely known",
    "order value and number of orders go together (correlation {mean})",
    "{few} buyers, fewer than {needed}: the parameters are loosely known",
    "{days} days of history, under {needed}: leaving cannot be told from a long gap",
    "{few} whole months, {needed} with orders are needed: no season is learnt",
    "less than {needed} days of orders: no season is learnt",
    "a horizon of {window} days needs {needed} days of data, there are {days}",
    "{days} days of orders, {needed} are needed", "{few} customers by {day}, {needed} are needed",
    "of {whole} customers nearly all left or nearly all stayed",
    "{few} whole weeks of orders, {needed} are needed",
    "{few} customers were seen through their first year, {needed} are needed",
    # Groups by which a model is judged: models/report_segments
    "aged under {high}", "aged {low} to {high}", "aged {low} or more", "region {place}",
    # Rules of a model
    "channel {way}", "{condition} and {further}", "{feature} above {low} up to {high}", "{feature} above {low}",
    "{feature} at most {high} or missing", "{feature} is {value}", "{feature} is not {value}",
    # Why a row is in quarantine: pipelines/ingest
    "same key as row {row} of the file, which is kept, but other values", "{column} is required and empty",
    "{column} is not a whole number", "{column} is not a number that fits {type}", "{column} is not one of {options}",
    "{column} is above {limit}", "{column} is below {limit}",
    "{column} is longer than ingest.max_field_megabytes allows",
)  # fmt: skip
# What the rules of a model look at, as the night names it and as people do: models/feature_contract, pipelines/predict.
FEATURES = {  # messages: values
    "recency days": "days since the last order",
    "tenure days": "days as a customer",
    "order count": "orders so far",
    "orders 90d": "orders in 90 days",
    "orders 365d": "orders in a year",
    "mean order amount": "money an order",
    "revenue 365d amount": "revenue in a year",
    "usual gap days": "usual days between orders",
    "gap factor": "silence, times the usual gap",
    "orders previous 90d": "orders in the 90 days before the last 90",
    "order change 90d": "orders more than in the 90 days before",
    "visits 30d": "visits in 30 days",
    "visits 90d": "visits in 90 days",
    "days since visit": "days since the last visit",
    "abandoned carts 90d": "carts left behind in 90 days",
    "complaints 90d": "complaints in 90 days",
    "days since complaint": "days since the last complaint",
    "slowest case 90d hours": "hours of the slowest case in 90 days",
    "open case count": "open cases",
    "calls 90d": "calls in 90 days",
    "unresolved calls 90d": "calls without a solution in 90 days",
    "long waits 90d": "long waits on the phone in 90 days",
    "last satisfaction": "last satisfaction",
    "contacts 90d": "campaign contacts in 90 days",
    "responses 365d": "answers to campaigns in a year",
    "has unsubscribed": "unsubscribed (1) or not (0)",
    "discount share 365d": "share of the price in discounts, a year",
    "return share 365d": "share of the value returned, a year",
    "alive probability": "probability of being a customer still, by rhythm",
    "no order probability": "probability of no order, by rhythm",
    "first order count": "orders in the first weeks",
    "first revenue amount": "revenue of the first weeks",
    "first item count": "items in the first weeks",
    "first discount share": "share of the price in discounts, first weeks",
    "is web": "first bought on the web (1) or not (0)",
    "is store": "first bought in a store (1) or not (0)",
    "age years": "age in years",
    "channel": "channel",
    "kind": "kind",
    "gender": "gender",
    "income band": "income band",
    "household size": "household size",
    "lifestyle": "lifestyle",
}
# Of these, what is a share from 0 to 1 and what is money.
SHARES = tuple(name for name in FEATURES if name.endswith(("probability", "share", "share 365d")))
MONEY = tuple(name for name in FEATURES if name.endswith("amount"))
NUMBER = r"[+-]?[\d.,]*\d(?:e[+-]?\d+)?"
INTERVAL = rf"{NUMBER}(?: %)? \({NUMBER} to {NUMBER}\)"
SENTENCES = ("verdict", "moves", "got", "why", "condition", "further")
THINGS = ("place", "bought", "unbought", "feeds", "column", "type", "options", "limit")
# What may stand at a place.
PLACES = {
    **dict.fromkeys(("mean", "usual", "low", "high", "gap", "few", "whole", "others", "needed", "least"), NUMBER),
    **dict.fromkeys(("interval", "machine", "elsewhere", "ahead"), INTERVAL),
    **dict.fromkeys((*SENTENCES, "bought", "unbought", "label", "kind", "feeds", "type", "options", "next"), ".+?"),
    **dict.fromkeys(("value", "baseline", "limit", "place"), ".+?"),
    "feature": r"(?:(?! above | and | at most | is )[\w ])+",
    "column": r"\w+",
}
