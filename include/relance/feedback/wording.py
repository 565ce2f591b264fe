"""What the state of a file means, and what its sender has to do: the French texts of the feedback."""

from __future__ import annotations

from relance import french
from relance.feedback.sent import COUNTED, PENDING, REJECTED, SET_ASIDE, UNDECIDED, Sent
from relance.parsing.wording import integer, listed, plural, quoted

REMARK = (
    "Votre fichier d'origine n'est pas modifié : il est conservé tel qu'il a été reçu."
    " Corrigez-le lui-même plutôt que cet exemplaire, où images et graphiques peuvent manquer."
)


def state_words(sent: Sent, rejected: int, differing: int) -> tuple[str, str]:
    """The state in a few words, and what it means for the figures."""
    if sent.as_of is None:
        return _before_sending(sent, rejected, differing)
    at = french.instant(sent.as_of)
    if sent.claimed_ministry_code:
        return "Mis de côté", (
            "Ce fichier se dit d'un ministère pour lequel son expéditeur ne peut pas parler : aucune de ses lignes ne"
            f" compte dans les chiffres arrêtés au {at}. Les envois précédents continuent de compter."
        )
    if sent.status == SET_ASIDE:
        what = "Ce fichier a été lu, et mis de côté" if sent.is_read else "Ce fichier n'a pas pu être lu"
        return "Mis de côté", (
            f"{what} : aucune de ses lignes ne compte dans les chiffres arrêtés au {at}."
            " Si un envoi précédent avait été lu, il continue de compter, signalé comme ancien."
        )
    if sent.status == PENDING:
        since = "" if sent.received_at is None else f" depuis sa réception, le {french.instant(sent.received_at)}"
        return "En attente d'une décision", (
            f"Ce fichier a été lu, et attend{since} qu'une personne décide s'il compte : aucune de ses lignes ne compte"
            f" dans les chiffres arrêtés au {at}. {_in_its_place(sent)}"
        )
    if sent.status == REJECTED and sent.decision is not None:
        decided = sent.decision
        return "Refusé", (
            f"Ce fichier a été refusé le {french.instant(decided.at)} par {decided.who} : aucune de ses lignes ne"
            f" compte dans les chiffres arrêtés au {at}. Raison donnée : {decided.reason.rstrip('.')}."
            f" {_in_its_place(sent)}"
        )
    if sent.status == COUNTED:
        late = (
            " Un envoi plus récent a été mis de côté, attend une décision ou a été refusé : celui-ci continue de"
            " compter, signalé comme ancien."
            if sent.is_stale
            else ""
        )
        if sent.decision is not None:
            decided = sent.decision
            late += (
                f" Il a été accepté tel quel le {french.instant(decided.at)} par {decided.who}. Raison donnée :"
                f" {decided.reason.rstrip('.')}."
            )
        left_out = " ; les lignes rejetées ne comptent pas" if rejected else ""
        unclear = f" {_UNCLEAR_IN_PART}" if sent.undecided else ""
        return "Pris en compte en partie" if sent.undecided else "Pris en compte", (
            f"Les lignes acceptées de ce fichier sont retenues pour les chiffres arrêtés au {at}{left_out}."
            f" Ils paraissent une fois passés les contrôles de la publication.{late}{unclear}"
        )
    if sent.status == UNDECIDED:
        return "À départager", (
            "Un autre fichier, reçu avec celui-ci, donne les mêmes tableaux, et rien ne dit lequel est le dernier : ni"
            f" l'un ni l'autre ne compte dans les chiffres arrêtés au {at}. Votre envoi précédent, s'il y en a un,"
            " continue de compter."
        )
    return "Remplacé par un envoi ultérieur", (
        f"Un fichier plus récent est retenu pour les chiffres arrêtés au {at} : celui-ci reste conservé, mais ne compte"
        " plus."
    )


def _in_its_place(sent: Sent) -> str:
    """What counts while the file does not."""
    if not sent.meanwhile:
        return "En attendant, aucun autre fichier ne compte pour ce ministère : il n'a rien dans les totaux."
    names = listed([quoted(name) for name, _ in sent.meanwhile])
    periods = listed(sorted({period for _, period in sent.meanwhile if period}))
    continues = "continue de compter, signalé" if len(sent.meanwhile) == 1 else "continuent de compter, signalés"
    ancient = "ancien" if len(sent.meanwhile) == 1 else "anciens"
    return f"En attendant, {names} (période {periods}) {continues} comme {ancient}."


def held_title(sent: Sent) -> str:
    """What stands above the findings that hold the file."""
    if sent.as_of is None:
        return "Ce fichier serait mis en attente"
    return "Pourquoi ce fichier a été mis en attente" if sent.status == REJECTED else "Pourquoi ce fichier attend"


def not_compared(sent: Sent) -> list[str]:
    """Of a file that is checked without a publication, what cannot be seen then."""
    if sent.as_of is not None or sent.is_compared or sent.kind != "submission" or sent.status == SET_ASIDE:
        return []
    return [
        "Rien n'a été comparé aux envois précédents : une baisse, ou une subvention qui disparaît ou change de ligne,"
        " ne se voit qu'avec --against et le dossier d'une publication."
    ]


_UNCLEAR_IN_PART = (
    "Les tableaux « à départager » n'en sont pas : un autre fichier, reçu avec celui-ci, les donne aussi, et rien ne"
    " dit lequel est le dernier."
)


def _before_sending(sent: Sent, rejected: int, differing: int) -> tuple[str, str]:
    if sent.status == SET_ASIDE:
        return (
            "À corriger avant l'envoi" if sent.is_read else "Illisible en l'état",
            "Envoyé ainsi, ce fichier serait mis de côté : aucune de ses lignes ne compterait.",
        )
    if sent.undecided:
        return "À départager avant l'envoi", (
            "Un autre fichier de la même archive donne les mêmes tableaux, et rien ne dit lequel est le dernier : ni"
            " l'un ni l'autre ne compterait."
        )
    if sent.status != COUNTED:
        return "Ferait double emploi", (
            "Un autre fichier de la même archive donne les mêmes tableaux : lui seul compterait."
        )
    if sent.findings:
        return "Serait mis en attente", (
            "Envoyé ainsi, ce fichier attendrait qu'une personne décide s'il compte ; d'ici là, aucune de ses lignes ne"
            " compterait, et l'envoi précédent compterait à sa place."
        )
    if rejected:
        return "À corriger avant l'envoi", (
            f"Envoyé ainsi, ce fichier serait lu, mais {plural(rejected, 'ligne')} n'y"
            f" {'compterait' if rejected == 1 else 'compteraient'} pas."
        )
    if differing:
        return "Totaux à rapprocher avant l'envoi", (
            "Toutes les lignes seraient acceptées, mais les totaux déclarés ne sont pas ceux des lignes."
        )
    return "Prêt à être envoyé", "Toutes les lignes seraient acceptées."


_TELL_APART = (
    "Renvoyez seul, en entier, le fichier qui doit compter ; s'il corrige l'autre, ajoutez « rectificatif » à son nom."
)
_TELL_APART_BEFORE = (
    "Ne gardez qu'un fichier par tableau dans l'archive, ou ajoutez « rectificatif » au nom du dernier."
)


def to_do(sent: Sent, rejected: int, differing: int, is_cover_rejected: bool, remarks: int) -> list[str]:
    """What the sender has to do, one sentence each; one that says so where there is nothing."""
    is_check = sent.as_of is None
    again = "contrôlez-le de nouveau avant de l'envoyer" if is_check else "renvoyez-le en entier"
    if sent.status == SET_ASIDE:
        return [f"Corrigez le fichier comme l'indique le motif, puis {again}."]
    if sent.status == UNDECIDED:
        return [_TELL_APART_BEFORE if is_check else _TELL_APART]
    if sent.status == PENDING:
        return _to_do_pending(sent)
    if sent.status == REJECTED:
        return ["Corrigez le fichier selon la raison donnée, puis renvoyez-le en entier : le nouvel envoi compte."]
    if sent.status != COUNTED:
        return [
            "Ne gardez qu'un fichier par tableau dans l'archive."
            if is_check
            else "Rien à faire pour ce fichier : le retour à suivre est celui de l'envoi qui le remplace."
        ]
    actions = [_TELL_APART_BEFORE if is_check else _TELL_APART] if sent.undecided else []
    if rejected:
        replaces = "" if is_check else " ; le nouvel envoi remplacera celui-ci"
        actions.append(
            "Corrigez dans votre fichier les cellules signalées"
            f" ({plural(rejected, 'ligne rejetée', 'lignes rejetées')}), puis {again}{replaces}."
        )
    if is_check and sent.findings:
        actions.append(
            "Corrigez ce qui ferait attendre le fichier ; si tout est juste, envoyez-le en l'expliquant au bureau du"
            " programme, qui peut l'accepter."
            if all(found.can_be_accepted for found in sent.findings)
            else "Corrigez ce qui ferait attendre le fichier : il ne pourrait pas être accepté tel quel."
        )
    if is_cover_rejected:
        actions.append(
            "Corrigez la couverture : tant qu'une de ses cellules est rejetée, les totaux déclarés ne sont pas"
            " comparés."
        )
    if differing:
        actions.append(
            "Rapprochez les totaux déclarés en couverture et les lignes du fichier : un écart met le fichier en"
            " attente."
        )
    if remarks:
        actions.append(
            "Vérifiez la cellule qui n'est pas lue telle quelle ; sa ligne compte."
            if remarks == 1
            else f"Vérifiez les {integer(remarks)} cellules qui ne sont pas lues telles quelles ; les lignes comptent."
        )
    if actions:
        return actions
    if sent.warnings:
        start = "Rien ne s'oppose à l'envoi" if is_check else "Le fichier est accepté en entier"
        return [f"{start}. Regardez ce qui est à vérifier, et corrigez-le s'il y a lieu."]
    if sent.notes:
        return [
            ("Rien ne s'oppose à l'envoi" if is_check else "Le fichier est accepté en entier")
            + ". Lisez les remarques : elles disent ce qui n'a pas été lu tel quel, ou ce qui gagnerait à être corrigé."
        ]
    return ["Rien à corriger." if is_check else "Rien à faire : le fichier est accepté en entier."]


def _to_do_pending(sent: Sent) -> list[str]:
    wrong = "S'il est faux, corrigez-le et renvoyez-le en entier : le nouvel envoi remplacera celui-ci."
    if not all(found.can_be_accepted for found in sent.findings):
        return [
            "Corrigez le fichier et renvoyez-le en entier : tel quel, il ne peut pas être accepté. Le nouvel envoi"
            " remplacera celui-ci."
        ]
    return [
        wrong,
        "S'il est juste, expliquez-le au bureau du programme : il peut l'accepter, et la raison est publiée avec les"
        " chiffres.",
    ]
