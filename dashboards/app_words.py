"""The words on the pages: the glossary behind every term, and what people read for the codes in the data."""

from typing import Any

import numpy as np
import pandas as pd

from dashboards.app_language import say, say_as, say_count
from mining.measures import MEASURES

__all__ = ["coded", "define", "english_label", "label", "say", "say_as", "say_count"]

USUAL_RULES: dict[str, object] = {"cut_a": 80, "cut_b": 95, "months": 12}

GLOSSARY = {  # messages: keys, values
    "customers": "People and companies who have bought at least once by the end of the period.",
    "net margin": "Revenue of the last {months} months less returns, discounts, cost of goods and cost to serve.",
    "cost of goods": "What the goods sold cost, at the time of the order.",
    "tier": "Customers in order of net margin: those who bring the first {cut_a} % of all positive margin are A, "
    "up to {cut_b} % B, the rest C; those who cost more than they bring are D. Equal margins share a tier.",
    "rfm group": "Customers grouped by how recently, how often and for how much they bought: 25 cells, ten groups; "
    "people known without an order are Prospects.",
    "recency": "Days since the last order. Score 5 is the most recent fifth of the customers.",
    "frequency": "Orders so far. Score 5 is the most frequent fifth of the customers.",
    "monetary": "Net revenue so far. Score 5 is the fifth that spent most.",
    "fm": "The mean of the frequency and the monetary score, halves up.",
    "r score": "1 to 5: how recently they bought, compared with all customers.",
    "concentration": "Customers with a positive net margin, best first: the share of all margin they bring.",
    "movement": "Customers in one tier or group on the first date and where they are on the second.",
    "as of": "Only what was known by the end of this day is used.",
    "generation": "A finished, checked version of all results. Everybody sees the same one until the next.",
    "delivery": "One file that arrived. The same content twice changes nothing.",
    "law": "Rows delivered = rows accepted + duplicates + quarantined, for every delivery. What is held waits whole.",
    "held": "A delivery that is empty or far off those before it. It waits until somebody lets it through.",
    "quality": "What was delivered, by the day that it tells of. A delivery's day is that of its newest row.",
    "completeness": "Filled cells, of those that the mapping could fill.",
    "validity": "Rows that fit their contract, of all that were delivered.",
    "uniqueness": "Rows that say something new, of all that were delivered.",
    "late_days": "How long after its newest row a delivery came; of several on one day, the longest.",
    "drift": "A source's columns changed. Evolve: taken so from now on. Freeze: refused. Discard: loaded without it.",
    "grey zone": "Pairs of records that may be one person or two: their weight lies between the two bounds of the "
    "settings. The weight of an agreement says how much likelier one person is than two, as a power of two.",
    "identity conflict": "More records than one person has, tied by shared identifiers; or two records said to be "
    "different that others tie together. They are kept apart.",
    "merges and splits": "Two customers turned out to be one, or one turned out to be two. The key that most records "
    "had lives on; facts follow their records.",
    "shared identifiers": "E-mails, phones and visitors of too many people, or of nobody. They join no one.",
    "household": "Customers who gave one phone or e-mail and one postcode. They are grouped, never merged: each stays "
    "a customer, and a list can take one of them.",
    "company group": "Customers whose e-mail addresses are of one domain, which is no provider's. They are grouped, "
    "never merged.",
    "quarantine": "Rows that broke a rule of their feed. They wait, with the reason, to be mended.",
    "consent": "The customer's last word on this channel is yes. No word counts as no.",
    "contact details": "Name, e-mail, phone, postcode and date of birth. Asking for them is written to the audit log.",
    "main channel": "The channel of most of the customer's orders.",
    "churn": "There is no contract to cancel: who places no order within the horizon has left.",
    "churn band": "Risk of leaving: low, medium from 35 % on, high from 65 % on, unless set otherwise.",
    "churn horizon": "For each length of silence, on the past: how many called lost came back, how many who left for "
    "good were not called. In use is where the two cross, or the longest that the history allows.",
    "expected loss": "Probability of leaving times lifetime value.",
    "worth contacting": "Expected loss times the share that a contact saves is more than the contact costs. Both are "
    "set in the settings; only a trial with a control group can say the share.",
    "lost profile": "How those who left differed the day before, feature by feature, and rules that describe them. "
    "Separation: 50 % tells nothing, the further from it the more. Not a cause.",
    "clv": "Lifetime value: the margin expected within the horizon, less interest. From how often and how lately "
    "somebody ordered and what an order brings.",
    "alive": "The chance of still being a customer, by rhythm alone, added up over everybody.",
    "expected orders": "Days with orders expected within the horizon.",
    "likely order": "The day by which the next order is as likely to have come as not; none for those who may well "
    "never order again.",
    "value check": "Said for a past day with what was known then, and what came after it.",
    "forecast": "Weekly, from simple forecasts weighted by how well each foretold the past; the interval held nine in "
    "ten past weeks.",
    "gain curve": "People of past campaigns, best chances first: the share of all answers found among so many.",
    "profit curve": "Answers expected times their margin, less the contacts.",
    "response rule": "Groups of people by what is known of them, and how many of each answered; once in the contacts "
    "learnt from and once in later ones.",
    "likely tier": "By the first 30 days: the tier that most like them had after a year; and how often that held.",
    "report card": "Model and plain rules judged on one later period. A: clearly better, B: better, C: not better, "
    "and then the plain rule is what is shown.",
    "auc": "The chance that one who did it had a higher score than one who did not; 0.5 is guessing.",
    "calibration error": "How far probabilities lie from the shares that came true, on average.",
    "accuracy": "The share of the later period whose tier was said rightly.",
    "precision": "Of those who were said to be of a tier, the share that came to be; the mean counts every tier alike.",
    "recall": "Of those who came to be of a tier, the share that was said to; the mean counts every tier alike.",
    "replay": "What those were worth, in margin of the year before, who were on the list and did leave.",
    "lift": "How many times as many are in the best-scored tenth as in any tenth.",
    "touchpoint": "Any contact, on any channel: orders, visits, calls, cases, messages, answers.",
    "loyalty stage": "Potential: has not bought. New: first order lately, few orders. Regular: comes back. "
    "Established: buys for a year or more without a break. Loyal: the established with the best index. Lapsed: "
    "silent for longer than nine in ten gaps of such customers. Lost: silent beyond the horizon.",
    "loyalty index": "0 to 100: the mean of durability, firmness and stability. With few orders its range is wide.",
    "durability": "How long they have bought without a break: half is reached after a year.",
    "firmness": "How little moves them: orders at full price, none beyond what was on offer anyway, no complaints.",
    "stability": "How regular the gaps between purchases are: clockwork is 100 %, buying at random 50 %.",
    "next order": "Half of the customers like this one are back by then, if they come back at all.",
    "pyramid": "Buyers by the profit they bring: the top, those who could join it, the small, the dormant, and those "
    "who cost money. Who is silent beyond the horizon is dormant unless at the top.",
    "gini": "0 when all hold the same, 1 when one holds everything. Only holders of a positive net margin count.",
    "interval": "The true value lies in this range 95 times in 100.",
    "holders": "Those who hold a positive net margin.",
    "top fifth": "Share of all positive margin that the best 20 % of holders bring.",
    "head and tail": "The fewest holders who bring 80 % of the margin are the head; all others are the long tail.",
    "perceived": "What customers say they got less what they say they expected, 1 to 7, over the last 12 months. One "
    "voice per customer. Below zero is below expectation.",
    "closed loop": "Every complaint is opened, assigned, solved and followed up. A case still open counts with the "
    "time it has been open: leaving it out would flatter the slow.",
    "complaints": "Cases of the category complaint opened in the last 12 months.",
    "assigned": "Half of the complaints had an agent after this time.",
    "resolved": "Half of the complaints were resolved after this time.",
    "followed up": "Half of the resolved were followed up after this time.",
    "late": "Not resolved within 72 hours of opening, open ones included.",
    "came back": "The customer opened another case of the category within 14 days of the resolution.",
    "load": "Offered load: how many agents the calls of the hour would keep busy without a pause (erlangs). Load "
    "per agent: above 70 % busy, above 90 % overloaded.",
    "contact cost": "Agents' time and the unit costs of the settings, per contact of the last 12 months.",
    "moving saves": "Contacts moved, each at the old channel's cost less the new one's; those who come back cost both.",
    "sales funnel": "Opportunities by the furthest stage reached. Conversion: gone on, of those who have left the "
    "stage one way or the other; who is still there is no failure.",
    "sales forecast": "Amount times the share won of those closed in 24 months after reaching the stage. The range "
    "holds the luck of each deal and that shares are learnt from few closings.",
    "web funnel": "Sessions of the last 3 months. A session that went further counts at every step before.",
    "after visits": "The channel of the soonest order within 7 days, the day of the visit included. What follows a "
    "visit need not come of it.",
    "prospects": "People known who have not bought yet, and what they did on the web in the last 6 months.",
    "sought category": "People who looked at the category before any order, and how many of them have bought "
    "anything since.",
    "searched term": "Terms that 5 visitors or more searched for, and in how many sessions a product was looked at "
    "after.",
    "value of a group": "The mean of a number, the share of a level of a category.",
    "overlap": "Customers of the two groups counted once: in A only, in B only, in both.",
    "effect": "On one scale from -1 to 1. A number: the chance that one of A has more than one of B less the chance "
    "of the reverse (Cliff's delta). A category: the share of A less the share of B.",
    "p": "The chance of a difference as large were there none, corrected for the number of attributes looked at.",
    "group": "Growing: Champions, Loyal, Active, Promising, New. Slipping: Needs attention, At risk, Almost lost. "
    "Gone quiet: Previously loyal, Dormant.",
    "trend and season": "Each month's orders are the trend, what the time of the year adds or takes, and a remainder. "
    "The season needs two whole years of months.",
    "sequential rule": "Who buys the first buys the second within the window after, beyond what comparable customers "
    "buy anyway and beyond their own habit. The first may be several things: with a plus on one day, with 'then' on a "
    "later day. Customers whose window is not over do not count.",
    "rules tried": "Every item, and every frequent set or order of several, beside every other item, also where nobody "
    "ever bought the one after the other. The more are tried, the stronger a rule must be.",
    "part share": "The share of those who did all of the first but one part of it, whichever part matters least. A "
    "rule of several parts is one only when it beats this.",
    "offer check": "Rules found and offers made on an earlier day, from what was known then, held against what the "
    "same customers bought afterwards; beside them the most popular items that they had not just bought.",
    "verdict": "Rules are found on earlier data and checked on a later period. Only those that hold are used; others "
    "do not hold, had too few customers to tell, or only pass on another rule.",
    "lift of a rule": "How many times the usual share of such customers.",
    "usual share": "The share of comparable visits, of the same weeks and with as many purchases after them, that were "
    "followed by the second item.",
    "q-value": "Of the rules with this value or a smaller one, at most this share is expected to be luck.",
    "next best offer": "What rules that hold point to, and what is popular, by chance times margin. What was bought "
    "within its own repurchase time is not offered.",
    "act by": "The day by which half of the purchases still to come will have been made.",
    "chance": "That they buy it in the rest of the rule's window; for what is popular, the share of buyers who did.",
    "basket rule": "Of the baskets with the first, the share that hold the second too. Lift above 1: more often than "
    "by chance.",
    "path": "One window for each customer: those with the outcome, beside those who could have had it and did not.",
    "telling path": "More often before the outcome than without it, beyond luck, corrected for all paths counted.",
}

# A measure means on every page what it is defined as; "customers" alone is told by period here, not as of today.
GLOSSARY = {one.title.lower(): one.definition for one in MEASURES.values()} | GLOSSARY

GROUP_MEANINGS = {  # messages: values
    "Champions": "Bought lately, often and for much.",
    "Loyal": "Buy often and for much.",
    "Active": "Bought lately, with middling frequency and spend.",
    "Promising": "Bought lately, but seldom yet.",
    "New": "Bought very lately, for the first time or nearly.",
    "Needs attention": "Neither recent nor frequent: could go either way.",
    "At risk": "Bought well, but not for a while.",
    "Almost lost": "Bought seldom, and not for a while.",
    "Previously loyal": "Bought well, but long ago.",
    "Dormant": "Bought seldom, and long ago.",
    "Prospects": "Known, but have not bought yet.",
}

TIER_MEANINGS = {  # messages: values
    "A": "Bring the first {cut_a} % of margin: serve them best.",
    "B": "The next, up to {cut_b} %: could become A.",
    "C": "Bring the rest: many, and small.",
    "D": "Cost more than they bring.",
}

STAGE_MEANINGS = {  # messages: values
    "loyal": "Established, with the best loyalty index: keep them.",
    "established": "Have bought for a year or more without a break.",
    "regular": "Come back, and are active.",
    "new": "Bought first lately, and not often yet.",
    "lapsed": "Silent for longer than such customers usually are.",
    "lost": "Silent beyond the horizon.",
    "potential": "Known, but have not bought yet.",
}

FIELD_LABELS = {  # messages: values
    "customer_id": "Customer number",
    "prospect_id": "Prospect number",
    "email": "E-mail",
    "phone": "Phone",
    "visitor_id": "Web visitor",
    "sms": "Text message",
    "post": "Post",
    "web": "Web",
    "store": "Store",
    "field": "Sales rep",
    "person": "Person",
    "company": "Company",
    "order": "Order",
    "return": "Return",
    "visit": "Visit",
    "call": "Call",
    "case": "Case",
    "contact": "Message sent",
    "response": "Response",
    "survey": "Survey",
    "opportunity": "Opportunity",
    "consent": "Consent",
    "owner_id": "Owner",
    "rfm_group": "RFM group",
    "churn_band": "Risk of leaving",
    "call_reason": "Reason of the call",
    "case_category": "Category of the case",
    "utm_source": "Source",
    "birth_date": "Date of birth",
    "given_name": "Given name",
    "surname": "Surname",
    "peak_month": "Peak month",
    "stage_reason": "Reason of the stage",
    "call_center": "Call center",
    "region": "Region",
    "income_band": "Income band",
    "typical_gap_days": "Days between orders",
    "cost_to_serve_12m_amount": "Cost to serve in 12 months",
    "calls_12m": "Calls in 12 months",
    "country": "Country",
    "city": "City",
    "kind": "Kind",
    "age_band": "Age band",
    "gender": "Gender",
    "main_channel": "Main channel",
    "main_category": "Main category",
    "loyalty_stage": "Loyalty stage",
    "pyramid_level": "Pyramid level",
    "severity": "Severity",
    "channel": "Channel",
    "category": "Category",
    "product": "Product",
    "all": "All",
    "device": "Device",
    "lead_source": "Lead source",
    "tier": "Tier",
}


# Values of the data that are words of ours, as they stand in tables and charts.
CODES = (  # messages: items
    *GROUP_MEANINGS, *STAGE_MEANINGS,
    "top", "could join the top", "small", "dormant", "cost money",
    "web", "store", "phone", "field", "email", "sms", "post", "chat", "other", "none",
    "person", "company", "female", "male", "diverse", "unknown", "everybody",
    "look after", "service budget first", "develop", "marketing budget first", "serve cheaply", "self-service",
    "reactivate or archive", "one attempt, then none", "fix or let go", "none before the cause is known",
    "low", "medium", "high", "up", "down", "level", "new", "gone", "Newcomers", "Gone",
    "rising", "falling", "no clear trend", "too short",
    "Net margin", "Customers", "customers", "products", "Yes", "No", "true", "false",
    # what was done with a message
    "open", "click", "reply", "redeem", "purchase", "unsubscribe", "complain",
    # funnels and service
    "lead", "qualified", "proposal", "negotiation", "closed", "won", "cold call", "fair", "referral", "web form",
    "visit", "product seen", "cart", "checkout", "order", "no order", "desktop", "mobile", "tablet", "newsletter",
    "overdue", "no date", "billing", "complaint", "delivery", "question", "return", "follow-up",
    "price", "quality", "range", "service", "an agent", "a resolution", "inbound", "outbound",
    "call", "campaign", "case", "overloaded", "busy", "quiet", "too few", "assigned", "resolved", "followed up",
    # models and rules
    "trained", "scored", "replaced", "too little data", "total", "new or unknown",
    "inactivity rule", "own-gap factor", "rhythm alone", "by age alone", "everybody alike", "first revenue",
    "everybody's average", "own average", "same as last period", "seasonal naive",
    "known for under a year", "known for a year or more",
    "holds", "does not hold", "explained by another rule", "too few to tell", "different", "no difference seen",
    # answers to questions
    "existing", "both", "all channels", "outside the web", "sent", "control group",
    "under 25", "25 to 34", "35 to 44", "45 to 54", "55 to 64", "65 and over",
    # columns that changed, and what was done about it
    "missing", "retyped", "evolve", "freeze", "discard",
    # steps of paths
    "contact", "response", "consent", "survey", "opportunity", "silence", "search", "discount",
    "complaint open too long", "first revenue alone", "categories",
)  # fmt: skip


def coded(values: Any) -> Any:
    """A value, or a table's, in the reader's language where it is a word of ours; all else as it is."""
    if isinstance(values, pd.DataFrame):
        named = values.copy(deep=False)
        for name in values:
            if isinstance(values[name].dtype, pd.StringDtype | np.dtypes.ObjectDType):
                named[name] = values[name].map(coded)
        return named
    return say(values) if isinstance(values, str) and values in CODES else values


def define(term: str, **rules: object) -> str:
    """The glossary's sentence for a term; `rules` are the cut-offs and windows that the night used.

    Raises
    ------
    KeyError
        If the glossary does not hold the term: every term shown must be defined.
    """
    return say(GLOSSARY[term], **{**USUAL_RULES, **rules})


def label(code: object) -> str:
    """What people read for a code in the data; an unknown code is shown as it is, with its first letter large."""
    text = str(code)
    if text in FIELD_LABELS:
        return say(FIELD_LABELS[text])
    said = say(text)
    return capital(said) if said != text else say(capital(text))


def capital(code: str) -> str:
    """A code as the beginning of a phrase: 'pyramid_level' is 'Pyramid level'."""
    return code[:1].upper() + code[1:].replace("_", " ")


def english_label(code: object) -> str:
    """As `label`, in English: what `spelled` asks for."""
    text = str(code)
    return FIELD_LABELS.get(text, capital(text))
