"""Every number that shapes the demo company. They are the known truth, written beside the data as parameters.json."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Parameters:
    """Rates are per year unless they say otherwise; probabilities are per event; hazards are per day."""

    # who is there
    base_share: float = 0.55  # of `customers`, buying already on the first day
    arrival_share: float = 0.42  # of `customers`, who arrive within two years
    prospect_share: float = 0.10  # prospects there at the start, and again that many within two years
    prospect_converts: float = 0.25
    prospect_delay_days: float = 150.0
    company_share: float = 0.03

    # how they buy
    order_rate: float = 5.2
    order_rate_shape: float = 0.55  # of the gamma over customers
    extra_lines: float = 1.45
    spend_median: float = 0.8  # of the lognormal over customers of how many pieces more than one they take
    spend_sigma: float = 1.8
    cancelled: float = 0.025
    guest_checkout: float = 0.04
    card_forgotten: float = 0.12  # store orders of known people with no customer number
    walk_in_share: float = 0.05  # orders of strangers, of all orders
    web_gap: float = 0.30  # web orders placed 1 to 6 days after the first visit for them
    returned_lines: float = 0.045

    # when they leave: a constant own hazard, and for `memory_days` after a bad experience an added one
    leave_rate: float = 0.24
    leave_rate_shape: float = 2.0
    memory_days: int = 60
    hazard_complaint: float = 0.002
    hazard_complaint_open_long: float = 0.010  # open for more than `long_open_days`
    long_open_days: float = 3.0
    hazard_call_unresolved: float = 0.003
    hazard_call_waited: float = 0.0015  # hung up, or waited more than 5 minutes
    hazard_late_delivery: float = 0.0025

    # service
    late_delivery: float = 0.05
    complaint: float = 0.025
    complaint_when_late: float = 0.28
    question_rate: float = 0.13
    call_after_order: float = 0.055
    call_rate: float = 0.45
    demanding_share: float = 0.04
    demanding_factor: float = 14.0
    customers_per_agent: int = 2_500

    # web
    browse_rate: float = 1.8
    stranger_sessions_per_customer: float = 1.7
    cookie_days: int = 150

    # marketing: probability of one more order within `response_days` of a treatment, by kind of customer
    control_share: float = 0.15
    response_days: int = 14
    uplift_persuadable: float = 0.12
    uplift_sleeping_dog: float = -0.5  # share of own orders within the window that do not happen
    channel_factor_email: float = 1.0
    channel_factor_sms: float = 0.8
    channel_factor_phone: float = 1.6
    channel_factor_post: float = 1.2
    prospect_uplift: float = 0.06
    unsubscribes: float = 0.006
    consent_change_rate: float = 0.10

    # identifiers
    second_number: float = 0.09
    second_same_email: float = 0.40
    second_same_phone: float = 0.35  # the rest: typing errors, not joinable exactly
    shared_phone: float = 0.015
    junk_email: float = 0.01
    no_email: float = 0.03
    junk_phone: float = 0.01
    no_phone: float = 0.10
    junk_customer_number: float = 0.003
    move_rate: float = 0.05
    new_email_rate: float = 0.03

    # deliveries
    late_rows: float = 0.004
    malformed_rows: float = 0.0004  # per kind of fault, of the rows of a feed
    repeated_evenings: float = 0.04  # days whose last two hours are delivered again on the next


PARAMETERS = Parameters()
SECONDS = 86_400
YEAR = 365.25
