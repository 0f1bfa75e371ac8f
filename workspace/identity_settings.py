"""Settings of identity: what joins people, what never does, and when a night asks first."""

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from workspace.section import Section

Comparing = Literal["name", "text", "date", "email", "number", "exact"]
ATTRIBUTES = (
    "given_name",
    "surname",
    "birth_date",
    "email",
    "phone",
    "street_number",
    "street",
    "locality",
    "city",
    "postcode",
    "region",
)
DERIVED = {"names": ("given_name", "surname"), "mailbox": ("email",)}
"""For blocking only: both names in either order, and what stands before the @."""
PART = re.compile(rf"^({'|'.join((*ATTRIBUTES, *DERIVED))})(:-?[1-9][0-9]?)?$")


class Linking(Section):
    """Records that are alike: how they are compared, and from when on two are one person."""

    is_on: bool = Field(True, description="Whether records that are merely alike are linked, beyond the exact rules.")
    match_weight: float = Field(
        0.0,
        ge=-20,
        le=40,
        description="Two groups of records are one person when the mean weight between them is at least this; "
        "the weight is the binary logarithm of the odds: 0 is as likely as not, 10 a thousand to one.",
    )
    review_from: float = Field(-3.0, ge=-20, le=40, description="Pairs with weights from here on are shown for review,")
    review_to: float = Field(6.0, ge=-20, le=40, description="and up to here: the grey zone.")
    max_review_pairs: int = Field(500, ge=0, description="Pairs shown for review at most, the most doubtful first.")
    min_records: int = Field(
        200, ge=2, description="With fewer records there is nothing to learn from, and only the exact rules act."
    )
    max_block_records: int = Field(
        100, ge=2, description="A value that more records share than this does not bring its records together."
    )
    training_pairs: int = Field(1_000_000, ge=1000, description="Pairs that chance agreement is counted on.")
    training_records: int = Field(5_000, ge=100, description="Records on whose pairs the weights are learnt.")
    retrain_growth: float = Field(
        1.5, gt=1, description="Weights are learnt anew when there are so many times the records that they were from."
    )
    seed: int = Field(1, ge=0, description="Of every random choice.")
    comparisons: dict[str, Comparing] = Field(
        {
            "given_name": "name",
            "surname": "name",
            "birth_date": "date",
            "email": "email",
            "phone": "number",
            "street_number": "number",
            "street": "text",
            "locality": "text",
            "city": "text",
            "postcode": "number",
            "region": "exact",
        },
        description="What is compared, and how: name, text, date, email, number (typing slips count), exact.",
    )
    blocking: list[list[str]] = Field(
        [
            ["email"],
            ["phone"],
            ["birth_date"],
            ["mailbox"],
            ["names"],
            ["surname"],
            ["given_name"],
            ["postcode", "surname"],
            ["postcode", "given_name"],
            ["street_number", "street"],
            ["street"],
            ["postcode"],
            ["locality"],
            ["street_number", "postcode"],
            ["given_name:3", "surname:3"],
            ["surname:3", "birth_date:4"],
            ["given_name:3", "birth_date:4"],
            ["given_name:1", "birth_date:-5"],
            ["surname:1", "birth_date:-5"],
            ["surname:3", "city"],
            ["given_name:3", "city"],
            ["birth_date:4", "city"],
        ],
        description="Two records are compared when they agree in all parts of one line; 'surname:3' is its first three "
        "letters, 'birth_date:-5' the last five (month and day); 'names' is both names in either order, 'mailbox' "
        "what stands before the @.",
    )

    @field_validator("comparisons")
    @classmethod
    def are_attributes(cls, comparisons: dict[str, str]) -> dict[str, str]:
        """What is compared is something that records have."""
        unknown = sorted(set(comparisons) - set(ATTRIBUTES))
        if unknown or not comparisons:
            raise ValueError(f"compares {unknown or 'nothing'}; allowed: {', '.join(ATTRIBUTES)}")
        return comparisons

    @field_validator("blocking")
    @classmethod
    def are_parts(cls, blocking: list[list[str]]) -> list[list[str]]:
        """Each line names at least one attribute, or a part of one."""
        for line in blocking:
            for part in line:
                if not PART.match(part):
                    raise ValueError(f"{part!r} is no attribute or part of one, such as 'surname' or 'surname:3'")
            if not line:
                raise ValueError("a line of blocking is empty")
        return blocking

    @model_validator(mode="after")
    def zone_is_in_order(self) -> "Linking":
        """The grey zone begins before it ends."""
        if self.review_from > self.review_to:
            raise ValueError(f"review_from must not exceed review_to, got {self.review_from} and {self.review_to}")
        return self


class Identity(Section):
    """One customer: what joins people, what never does, and when a night asks first."""

    max_customers_per_identifier: int = Field(
        5, ge=1, description="An e-mail or phone of more differently named customers than this joins nobody."
    )
    joins_by_birth: bool = Field(
        True,
        description="Records of one date of birth, one postcode and names that differ by spelling are one person.",
    )
    max_records_per_customer: int = Field(
        30, ge=2, description="A customer of more records than this is split where its records are least alike."
    )
    junk_emails: list[str] = Field(
        ["info@", "noreply@", "no-reply@", "none@", "test@", "office@", "sales@", "admin@"],
        description="Addresses that begin so join nobody.",
    )
    junk_customer_ids: list[str] = Field(["0", "-1", "unknown", "n/a"], description="Numbers that mean nobody.")
    junk_values: list[str] = Field(
        ["unknown", "unbekannt", "n/a", "na", "none", "null", "test", "xxx", "-", "?", "1900-01-01"],
        description="Names, dates and addresses that mean nothing, in lower case.",
    )
    dotless_domains: list[str] = Field(
        ["gmail.com", "googlemail.com"], description="Mail providers that ignore dots before the @."
    )
    plus_domains: list[str] = Field(
        ["gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "icloud.com", "proton.me", "protonmail.com",
         "fastmail.com"],
        description="Mail providers that ignore a plus sign and what follows it before the @.",
    )  # fmt: skip
    public_domains: list[str] = Field(
        ["gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "icloud.com", "me.com", "yahoo.com",
         "yahoo.de", "aol.com", "gmx.de", "gmx.net", "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de",
         "proton.me", "protonmail.com", "fastmail.com", "mail.example", "post.example", "freemail.example",
         "webpost.example", "kabel.example", "funk.example"],
        description="Mail providers open to everybody: their domains are no company's.",
    )  # fmt: skip
    max_company: int = Field(
        100, ge=2, description="An e-mail domain of more customers than this is a provider's, no company's."
    )
    max_household: int = Field(10, ge=2, description="More customers than this are no household.")
    household_by_surname: bool = Field(
        False,
        description="Whether one surname and one postcode are a household too: where a postcode is a few houses.",
    )
    max_moved_share: float = Field(
        0.02, ge=0, le=1, description="A night that moves more than this share of customers to other keys waits,"
    )
    max_moved_money_share: float = Field(
        0.05, ge=0, le=1, description="and one that moves more than this share of all revenue."
    )
    min_moved_customers: int = Field(20, ge=0, description="Fewer customers than this may always move.")
    linking: Linking = Linking()
