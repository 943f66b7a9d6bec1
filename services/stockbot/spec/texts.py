"""The shapes of text that several parts of the document share: names, labels, symbols, addresses."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from stockbot.spec.part import sentence
from stockbot.spec.scalars import DateText, DecimalText, Shape, WholeOrText, text_of

DNS_WORDS = "lower-case letters, digits and '-', a letter first and no '-' last"
SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
QUALIFIED = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"

DnsLabel = Annotated[str, Shape(r"[a-z]([-a-z0-9]*[a-z0-9])?", 40, f"at most 40 of {DNS_WORDS}")]
Namespace = Annotated[str, Shape(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", 63, "a namespace's name, for example stockbot")]
ObjectName = Annotated[str, Shape(SUBDOMAIN, 253, "the name of a Kubernetes object, for example stockbot-bus")]
OptionalObjectName = Annotated[str, Shape(f"({SUBDOMAIN})?", 253, "the name of a Kubernetes object, or empty")]
LabelKey = Annotated[
    str,
    Shape(f"({SUBDOMAIN}/)?{QUALIFIED}", 317, "a Kubernetes label's key, for example app.kubernetes.io/part-of"),
]
LabelValue = Annotated[str, Shape(f"({QUALIFIED})?", 63, "a label's value: at most 63 letters, digits, '-', '_', '.'")]
LabelMap = Annotated[dict[LabelKey, LabelValue], Field(max_length=64)]

LARGEST_ANNOTATIONS = 2**18  # bytes of all keys and values together, as Kubernetes counts
TOO_LARGE = f"the annotations are too large: at most {LARGEST_ANNOTATIONS} bytes, keys and values together"


def small_enough(annotations: dict[str, str]) -> dict[str, str]:
    size = sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items())
    if size > LARGEST_ANNOTATIONS:
        raise sentence(TOO_LARGE)
    return annotations


AnnotationKey = Annotated[
    str, Shape(f"((?i:{SUBDOMAIN})/)?{QUALIFIED}", 317, "an annotation's key, for example example.com/note")
]

# Of the resource itself: a cluster limits their size and not their number, and other programs add theirs.
ResourceLabels = Annotated[dict[LabelKey, LabelValue], Field(max_length=65_536)]
ResourceAnnotations = Annotated[
    dict[AnnotationKey, Annotated[str, text_of(LARGEST_ANNOTATIONS)]],
    Field(max_length=65_536),
    AfterValidator(small_enough),
]
# So few and short that they fit into LARGEST_ANNOTATIONS with room for our own: CEL cannot add up bytes cheaply.
AnnotationMap = Annotated[dict[AnnotationKey, Annotated[str, text_of(2048)]], Field(max_length=30)]

Symbol = Annotated[str, Shape(r"[A-Z0-9.^=-]{1,32}", 32, "a symbol: 1 to 32 of A-Z 0-9 . ^ = -, in capitals")]
Exchange = Annotated[str, Shape(r"[A-Z0-9]{4}|24/7", 4, "an exchange's four-letter code, for example XNYS, or 24/7")]
Url = Annotated[
    str,
    Shape(
        r"(https?://[!-.0-?A-~]+(/[!-?A-~]*)?)?",  # printable ASCII without '@', and a host without '/'
        2048,
        "an address that starts with https:// or http:// and holds no user or password",
        echo=False,
    ),
]
Quantity = Annotated[
    str,
    WholeOrText(
        Shape(
            r"[0-9]{1,12}(\.[0-9]{1,9})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?",
            32,
            'a quantity such as "500m", "2" or "256Mi"',
        )
    ),
]
ParameterValue = Annotated[str, WholeOrText(Shape(r"[^\x00-\x1f]*", 512, "one line of at most 512 characters"))]

Positive = Annotated[Decimal, DecimalText(above="0")]
Money = Annotated[Decimal, DecimalText(at_least="0")]
Fraction = Annotated[Decimal, DecimalText(above="0", at_most="1")]
Percent = Annotated[Decimal, DecimalText(above="0", at_most="100")]
Volatility = Annotated[Decimal, DecimalText(above="0", at_most="5")]
Share = Annotated[Decimal, DecimalText(at_least="0", at_most="1")]
Multiple = Annotated[Decimal, DecimalText(above="0", at_most="10")]
Date = Annotated[date, DateText()]
