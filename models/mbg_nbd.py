"""MBG/NBD: BG/NBD in which the first order is a chance to leave too: a one-time buyer is never alive for certain."""

from models.bg_nbd import BgNbd


class MbgNbd(BgNbd):
    """The modified BG/NBD by maximum likelihood; parameters, attributes and methods as of `BgNbd`.

    In BG/NBD a customer leaves only after a repeat order: whoever never came back counts as alive for certain however
    long ago the first order was, and in most shops that is half of the customers. Here leaving may follow any order.

    Source: Batislam, Denizel, Filiztekin, "Empirical validation and comparison of models for customer base analysis",
    IJRM 24(3), 2007; Hoppe, Wagner, "Customer base analysis: the case for a central variant of the Betageometric/NBD
    model", Marketing JRM 29(2), 2007.
    """

    chances_at_first = 1
