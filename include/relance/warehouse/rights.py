"""Who may speak for whom: what is said, in French, of a file that claims a ministry which is not its sender's."""

from __future__ import annotations

from relance.feedback.safe import one_line
from relance.landing.receipts import Receipt
from relance.parsing.wording import listed, quoted
from relance.sources.feeds import Feed
from relance.sources.senders import DEFAULT


def allowed_ministries(receipt: Receipt, feed: Feed | None) -> tuple[str, ...] | None:
    """The ministry codes that a file may speak for; None: any.

    Those that its sender had when it came, and those that the feed gives that sender now: a right that is given
    mends what waited for it, and one that is taken away takes no figure that counted on it.
    """
    now = feed.may_speak_for(receipt.sender) if feed and receipt.sender else ()
    if receipt.speaks_for is None or now is None:
        return None
    return tuple(dict.fromkeys((*receipt.speaks_for, *now)))


def foreign_claim(receipt: Receipt, claimed: str | None, feed: Feed | None) -> str | None:
    """Why a file that is of the ministry `claimed` (a code, by its cover or its name) is set aside; None: it is not."""
    allowed = allowed_ministries(receipt, feed)
    if claimed is None or allowed is None or claimed.upper() in allowed:
        return None
    whose = "Ce qui est déposé hors des dossiers des expéditeurs"
    if receipt.sender != DEFAULT:
        whose = f"Le dossier {quoted(one_line(str(receipt.sender)))}"
    may = f"ne peut parler que pour {listed(allowed, 'ou')}" if allowed else "ne peut parler pour aucun ministère"
    return (
        f"{whose} {may} : ce fichier y a été déposé et se dit du ministère {quoted(one_line(claimed))}. Rien n'en est "
        "compté, et les chiffres de ce ministère restent ceux de ses propres envois. Si le code est une erreur, "
        "corrigez-le dans la couverture et dans le nom du fichier, puis renvoyez-le ; si le fichier est bien de ce "
        "ministère, faites-le déposer dans le dossier de celui-ci, ou demandez au fonds d'ouvrir ce droit au dossier."
    )
