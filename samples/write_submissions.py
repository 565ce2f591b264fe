"""Write the synthetic ministry submissions and the blank template.

    python samples/write_submissions.py [<folder to write to>]

Everything in the submissions is invented, and every file says so, but for the names of known projects and,
where the comment of a row says it, their published cost and duration. The same bytes come out on every run:
figures are drawn from a hash of what they belong to, so that adding an award moves no other one.

What holds in them, for every state of reception: a ministry's file lists all its awards since the fund opened;
paid <= committed <= awarded for every award; the awards of a line stay below its allocation; declared totals
equal the rows of the file, rejected ones included.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from deterministic_zip import write_repacked
from layout import (
    AWARDS,
    COVER,
    EXECUTION,
    MINISTRIES,
    REAL_DATA,
    SYNTHETIC_DATA,
    TABLES,
    Cell,
    Cents,
    Table,
    lay_out,
    lay_out_guidance,
    new_book,
    save,
)
from odf.number import DateStyle, Day, Month, Number, NumberStyle, Year
from odf.number import Text as DateText
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TableColumnProperties, TextProperties
from odf.table import Table as OdsTable
from odf.table import TableCell, TableColumn, TableRow
from odf.text import P

AUTHOR = "Échantillon synthétique"

# First and last day of each reporting period; decisions and payments of a period fall inside it.
PERIODS = {
    "2021-T1": (dt.date(2021, 1, 4), dt.date(2021, 3, 31)),
    "2021-T2": (dt.date(2021, 4, 1), dt.date(2021, 6, 30)),
    "2021-T3": (dt.date(2021, 7, 1), dt.date(2021, 9, 30)),
}
T1, T2, T3 = PERIODS
# The territorial desks of ITN7 have taken applications since 1 March 2021 (reference checkpoint).
DESKS_OPEN = dt.date(2021, 3, 15)


def draw(key: str, low: int, high: int) -> int:
    """A whole number from `low` to `high`, both included, that depends on `key` alone."""
    return low + int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % (high - low + 1)


def draw_date(key: str, first: dt.date, last: dt.date) -> dt.date:
    """A working day from `first` to `last`."""
    day = first + dt.timedelta(days=draw(key, 0, (last - first).days))
    friday = day - dt.timedelta(days=max(0, day.weekday() - 4))
    return friday if friday >= first else day + dt.timedelta(days=7 - day.weekday())


def luhn_digit(digits: str) -> str:
    """The digit that makes `digits` followed by it pass Luhn's check, as SIREN and SIRET numbers do."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def invented_siret(number: int) -> str:
    """A SIRET of an invented body, valid in form: SIREN 999…, first establishment."""
    siren = f"999{number:05d}"
    siren += luhn_digit(siren)
    return f"{siren}0001{luhn_digit(siren + '0001')}"


@dataclass(frozen=True)
class Award:
    """One award as it stands once decided; amounts in cents."""

    award_id: str
    period: str
    line: str
    title: str
    beneficiary: str
    siret: str
    cost: int
    awarded: int
    decided_on: dt.date
    axis: str = ""
    department: str = ""
    panorama_project: str = ""

    @property
    def call(self) -> str:
        """The desk or call for projects it came through."""
        return AXES[self.axis].call if self.axis else f"Appel à projets {self.line}, 2021"


@dataclass(frozen=True)
class Axis:
    """An axis of ITN7: number of awards decided in each period, bounds of an award in euros."""

    call: str
    counts: tuple[int, int, int]
    low: int
    high: int
    bodies: tuple[str, ...]


# Sizes are of the order of the figures quoted for 8 October 2021: 13.3 M€ to 44 projects, 13.1 M€ to 75, and
# 9.7 M€ to 500; a little below them, as the third quarter ends eight days earlier.
AXES = {
    "1": Axis(
        "Axe 1, services co-construits",
        (6, 18, 18),
        140_000,
        470_000,
        ("Métropole de", "Département de", "Région de", "Syndicat mixte numérique de"),
    ),
    "2": Axis(
        "Axe 2, guichet national",
        (9, 31, 32),
        60_000,
        290_000,
        ("Communauté d'agglomération de", "Métropole de", "Centre de gestion de", "Syndicat mixte numérique de"),
    ),
    "3": Axis(
        "Axe 3, guichet territorial",
        (14, 190, 266),
        3_500,
        35_000,
        ("Commune de", "Communauté de communes de", "Commune de", "CCAS de"),
    ),
}
PLACES_HEAD = (
    *("Valmo", "Rochebel", "Fontaubry", "Clairvo", "Montalu", "Bréva", "Chantelo", "Orseli", "Pontivra", "Sauvebo"),
    *("Marvillo", "Lauzeri", "Aubemo", "Trévali", "Grandlo", "Vernebo", "Hautelu", "Cressi", "Noirvo"),
)
PLACES_TAIL = (
    *("rane", "ville", "court", "gnac", "mont", "sère", "lieu", "bourg", "rival", "nans", "zelle", "dorge", "vigne"),
    *("lac", "sart", "ouse", "tier", "fosse", "ronde", "marque", "taille", "pierre", "celle", "rupt", "bois", "champ"),
    *("roc", "ney", "vaux", "thal", "gues"),
)
DEPARTMENTS = (
    *(f"{number:02d}" for number in range(1, 96) if number != 20),
    *("2A", "2B", "971", "972", "973", "974", "976"),
)
TERRITORIAL_PROJECTS = (
    "Portail des démarches des usagers",
    "Demandes d'urbanisme en ligne",
    "Portail famille et inscriptions scolaires",
    "Gestion de la relation avec les usagers",
    "Signalements sur l'espace public",
    "Mise en accessibilité des services en ligne",
    "Ouverture des données publiques",
    "Raccordement à FranceConnect",
    "Dématérialisation des subventions aux associations",
    "Parcours de sécurité informatique",
    "Archivage électronique mutualisé",
    "Prise de rendez-vous en ligne",
)

# Period of decision, line, project, beneficiary, amount in euros, project of the panorama if it serves one.
Plan = tuple[str, str, str, str, str, str]
STATE_AWARDS: dict[str, tuple[Plan, ...]] = {
    "ECO": (
        (T1, "ITN1", "Démarches des propriétaires en ligne", "Direction des biens et usages", "3200000.00", "GMBI"),
        (T1, "ITN5", "Catalogue des données fiscales", "Mission de la donnée publique", "2650000.00", "DATALAKE"),
        (T1, "ITN8A", "Centre de contact unifié des usagers", "Service des relations usagers", "4200000.00", ""),
        (T1, "ITN8C", "Instruction assistée des dossiers", "Direction des contrôles", "2875400.50", "PILAT"),
        (T2, "ITN1", "Attestations et certificats en ligne", "Agence des entreprises", "2418350.25", ""),
        (T2, "ITN4", "École interne des métiers numériques", "Institut des systèmes d'information", "905000.00", ""),
        (T2, "ITN5", "Données de la commande publique", "Observatoire des achats", "2149999.99", "TNCP"),
        (T2, "ITN6", "Laboratoire d'innovation ouverte", "Mission innovation", "1200000.00", ""),
        (T3, "ITN2", "Plateforme partenariale des entreprises", "Agence des entreprises", "1395600.00", ""),
        (T3, "ITN8C", "Rapprochement automatique des pièces", "Service des achats", "2740000.00", ""),
    ),
    "INT": (
        (T1, "ITN1", "Pré-demande de titres en ligne", "Agence des titres", "2050000.00", ""),
        (T1, "ITN1", "Démarches des usagers étrangers", "Direction de l'accueil", "1400000.00", "ANEF"),
        (T1, "ITN8B", "Pilotage des politiques prioritaires", "Secrétariat du pilotage", "2300000.00", ""),
        (T2, "ITN3", "Accueil numérique en sous-préfecture", "Réseau des sous-préfectures", "1800000.00", ""),
        (T2, "ITN5", "Données de sécurité civile", "Centre de la donnée opérationnelle", "2600000.00", ""),
        (T2, "ITN8A", "Suivi de dossier multicanal", "Agence des titres", "2712480.75", "FRANCE VISAS"),
        (T2, "ITN8C", "Procédure entièrement dématérialisée", "Direction de la modernisation", "3200000.00", ""),
        (T3, "ITN4", "Recrutement de compétences numériques", "Direction du numérique", "612000.00", ""),
        (T3, "ITN8B", "Tableaux de bord préfectoraux", "Réseau des préfectures", "1500000.40", ""),
    ),
    "JUS": (
        (T1, "ITN1", "Dépôt de requêtes en ligne", "Service de l'accès au droit", "2200000.00", "PORTALIS"),
        (T1, "ITN8C", "Numérisation des procédures", "Direction des greffes", "4300000.00", ""),
        (T2, "ITN6", "Atelier d'expérimentation juridique", "Mission des innovations", "899990.00", ""),
        (T2, "ITN8A", "Information des justiciables par message", "Service de l'accès au droit", "1925750.30", ""),
        (T3, "ITN3", "Essaimage des points d'accueil", "Réseau des points d'accueil", "750000.00", ""),
        (T3, "ITN8D", "Accompagnement des métiers du greffe", "Direction des greffes", "1300000.00", ""),
    ),
    "SOC": (
        (T1, "ITN1", "Demande unique de prestations", "Caisse nationale d'essai", "3600000.00", ""),
        (T1, "ITN2", "Échanges avec les acteurs du soin", "Agence des échanges de santé", "2600000.00", ""),
        (T2, "ITN5", "Entrepôt de données sociales", "Observatoire social", "2900000.00", ""),
        (T2, "ITN8A", "Écoute et rappel des usagers", "Caisse nationale d'essai", "3099999.95", ""),
        (T2, "ITN3", "Guichets numériques partagés", "Réseau des guichets sociaux", "1200000.00", ""),
        (T3, "ITN8C", "Contrôle ciblé des dossiers", "Caisse nationale d'essai", "2214300.10", ""),
    ),
    "EDU": (
        (T1, "ITN1", "Inscription scolaire en ligne", "Direction des services aux familles", "2800000.00", ""),
        (T1, "ITN4", "Formation continue des informaticiens", "Institut de formation", "780500.00", ""),
        (T1, "ITN6", "Incubateur académique", "Mission des start-up", "640000.00", ""),
        (T2, "ITN2", "Écosystème des ressources pédagogiques", "Réseau des ressources", "1700000.00", ""),
        (T2, "ITN8A", "Assistance unique aux familles", "Direction des services aux familles", "1400000.00", ""),
        (T2, "ITN8D", "Nouveaux outils des équipes", "Direction de la transformation", "1480000.00", ""),
        (T2, "ITN3", "Essaimage de l'espace partagé", "Réseau des académies", "900000.00", ""),
        (T2, "ITN6", "Expérimentations en établissement", "Mission des start-up", "555000.55", ""),
        (T3, "ITN8D", "Accompagnement des gestionnaires", "Direction de la transformation", "1125000.00", "OP@LE"),
    ),
    "ECL": (
        (T1, "ITN1", "Autorisations d'urbanisme", "Direction de l'urbanisme", "2100000.00", "DEMATADS"),
        (T1, "ITN5", "Données géographiques de référence", "Institut géographique d'essai", "3700000.00", ""),
        (T2, "ITN2", "Plateforme des mobilités", "Agence des mobilités", "2300000.00", ""),
        (T2, "ITN3", "Essaimage du permis en ligne", "Réseau des services territoriaux", "1500000.00", ""),
        (T2, "ITN8B", "Suivi du plan climat", "Commissariat au suivi", "2400000.00", ""),
        (T3, "ITN8D", "Nouveaux métiers de l'expertise", "Centre d'expertise", "1099900.00", "CEREMA"),
    ),
    "TFP": (
        (T1, "ITN6", "Entrepreneurs dans l'administration", "Mission des entrepreneurs publics", "1350000.00", ""),
        (T1, "ITN8B", "Baromètre des résultats", "Délégation au pilotage", "3150000.00", ""),
        (T1, "ITN8D", "Accompagnement des organisations", "Délégation à la transformation", "1875000.00", ""),
        (T2, "ITN4", "Filière numérique de l'État", "Délégation à la transformation", "1200000.00", ""),
        (T2, "ITN5", "Inventaire des données et des codes", "Mission de la donnée publique", "2100000.00", ""),
        (T2, "ITN3", "Partage de bonnes pratiques", "Réseau des correspondants", "1100000.00", ""),
        (T3, "ITN6", "Défis d'intérêt général", "Mission des entrepreneurs publics", "985000.00", ""),
        (T3, "ITN8B", "Suivi des chantiers prioritaires", "Délégation au pilotage", "2050000.00", ""),
        (T3, "ITN8D", "Outils du travail à distance", "Délégation à la transformation", "1530000.70", ""),
    ),
    # Sends nothing for the second quarter: its first one goes on counting until the third is received.
    "AGR": (
        (T1, "ITN1", "Certificats sanitaires en ligne", "Direction de l'alimentation", "1500000.00", "EXPADON 2"),
        (T1, "ITN2", "Échanges avec les filières", "Office des filières d'essai", "1900000.00", ""),
        (T3, "ITN5", "Registre des parcelles", "Observatoire agricole", "1600000.00", ""),
        (T3, "ITN8C", "Instruction des aides", "Office des filières d'essai", "1399999.90", ""),
    ),
}
SENDS = dict.fromkeys((*STATE_AWARDS, "COT"), (T1, T2, T3)) | {"AGR": (T1, T3)}
SENDS_ODS = ("JUS", "ECL")
# From the third quarter on those who run the local authorities' line have a folder of their own to drop files in.
SUBFOLDERS = {("COT", T3): "collectivites"}

# The award that the Ministry of the Interior gave in April with two figures swapped: 4.1 M€ for 1.4 M€.
RESTATED_AWARD = "INT-2021-0002"
RESTATED_BEFORE = 410_000_000

# Share of the project's cost that an award covers, in percent, where it is not drawn: ITN3 covers 75 % at most;
# the restated award's project costs more than the wrong amount, so that nothing else in that file is wrong.
SHARES = {"ITN3": 75, RESTATED_AWARD: 28}

# Awards of the second quarter that the file of the Ministry of Education gives unreadably; they come right in
# the third. None has an execution row yet: nothing could be committed on them.
FAULTS = {
    "EDU-2021-0005": ("SIRET du bénéficiaire", "siret"),
    "EDU-2021-0006": ("Ligne du fonds", "line"),
    "EDU-2021-0007": ("Montant accordé (€)", "amount"),
    "EDU-2021-0008": ("Date de décision", "date"),
}
FAULTY_FILE = ("EDU", T2)


def euros_to_cents(text: str) -> int:
    """`"1250000.50"` in cents."""
    return int(Decimal(text).scaleb(2))


def state_awards(ministry: str) -> list[Award]:
    """Every award of a ministry over the three periods, in the order of decision."""
    bodies = sorted({plan[3] for plans in STATE_AWARDS.values() for plan in plans})
    awards = []
    for number, (period, line, title, body, amount, panorama_project) in enumerate(STATE_AWARDS[ministry], start=1):
        award_id = f"{ministry}-2021-{number:04d}"
        awarded = euros_to_cents(amount)
        share = SHARES.get(line) or SHARES.get(award_id) or draw(f"{award_id}|share", 45, 90)
        awards.append(
            Award(
                award_id=award_id,
                period=period,
                line=line,
                title=title,
                beneficiary=f"{body} (bénéficiaire fictif)",
                siret=invented_siret(1 + bodies.index(body)),
                # Rounded up, so that the award never exceeds the share.
                cost=-(-awarded * 100 // share),
                awarded=awarded,
                decided_on=draw_date(f"{award_id}|decided", *PERIODS[period]),
                panorama_project=panorama_project,
            )
        )
    return awards


def territorial_awards() -> list[Award]:
    """Every award of the local authorities' line over the three periods, in the order of decision."""
    awards: list[Award] = []
    for position, (period, (first, last)) in enumerate(PERIODS.items()):
        for axis_code, axis in AXES.items():
            for rank in range(axis.counts[position]):
                number = len(awards) + 1
                award_id = f"COT-2021-{number:04d}"
                awarded = draw(f"{award_id}|awarded", axis.low, axis.high) * 100 + draw(f"{award_id}|cents", 0, 99)
                start = max(first, DESKS_OPEN) if axis_code == "3" else dt.date(2021, 2, 15) if period == T1 else first
                body = axis.bodies[draw(f"{award_id}|body", 0, len(axis.bodies) - 1)]
                awards.append(
                    Award(
                        award_id=award_id,
                        period=period,
                        line="ITN7",
                        title=TERRITORIAL_PROJECTS[draw(f"{award_id}|title", 0, len(TERRITORIAL_PROJECTS) - 1)],
                        beneficiary=f"{_of(body, _place(number))} (collectivité fictive)",
                        siret=invented_siret(10_000 + number),
                        cost=-(-awarded * 100 // draw(f"{award_id}|share", 50, 100)),
                        awarded=awarded,
                        decided_on=draw_date(f"{award_id}|decided", start, last),
                        axis=axis_code,
                        # Departments in turn, so that each has its part of every axis.
                        department=DEPARTMENTS[(rank * 37 + 11 * position + int(axis_code)) % len(DEPARTMENTS)],
                    )
                )
    return awards


def _place(number: int) -> str:
    """An invented place; the two lists have lengths without a common factor, so that no pair comes twice."""
    return PLACES_HEAD[number % len(PLACES_HEAD)] + PLACES_TAIL[number % len(PLACES_TAIL)]


def _of(body: str, place: str) -> str:
    return f"{body[:-2]}d'{place}" if place[0] in "AEIOUYHÉ" else f"{body} {place}"


@dataclass(frozen=True)
class Execution:
    """Cumulated commitments and payments of an award at the end of a period; amounts in cents."""

    committed: int
    paid: int
    last_payment_on: dt.date | None
    comment: str = ""


# Execution of the restated award in April, and in June. Later periods start from the restated figures.
RESTATED_EXECUTION_BEFORE = Execution(120_000_000, 30_000_000, dt.date(2021, 3, 22))
RESTATED_EXECUTION = Execution(
    60_000_000, 15_000_000, dt.date(2021, 3, 22), "Rectifié en juin : deux chiffres du montant étaient inversés."
)


def execute(award: Award, period: str) -> Execution | None:
    """What is committed and paid at the end of `period`; None when nothing has happened yet.

    Each period's figure is the highest share drawn so far, so that cumulated amounts never go down.
    """
    names = list(PERIODS)
    age = names.index(period) - names.index(award.period)
    if age < 0 or (age == 0 and (award.award_id in FAULTS or draw(f"{award.award_id}|waiting", 1, 5) == 1)):
        return None
    committed = paid = 0
    last_payment_on = None
    for step in range(age + 1):
        key = f"{award.award_id}|{step}"
        # Shares in millionths, so that amounts have cents.
        low, high = ((300_000, 800_000), (750_000, 1_000_000), (950_000, 1_000_000))[step]
        committed = max(committed, award.awarded * draw(f"{key}|committed", low, high) // 1_000_000)
        low, high = ((0, 250_000), (200_000, 600_000), (500_000, 900_000))[step]
        before, share = paid, draw(f"{key}|paid", low, high)
        # Under a tenth nothing has been paid yet: the first payment is an advance.
        paid = max(paid, committed * share // 1_000_000 if share >= 100_000 else 0)
        if paid > before:
            first, last = PERIODS[names[names.index(award.period) + step]]
            last_payment_on = draw_date(f"{key}|payment", max(first, award.decided_on), last)
    return Execution(committed, paid, last_payment_on)


@dataclass(frozen=True)
class Project:
    """A project that a ministry follows. Costs in k€, one a period; None: not followed in that period."""

    name: str
    starts_on: dt.date
    initial_cost: int
    initial_months: int
    costs: tuple[int | None, int | None, int | None]
    months: tuple[int, int, int]
    phases: tuple[str, str, str]
    opinion_on: dt.date | None = None
    has_opinion: bool = True
    # Maintenance over two years, in % of the cost; None: the cost is not broken down.
    maintenance: int | None = 20
    # New trajectory: date, cost in k€, months; reported from the period in which its date falls.
    rebaselined: tuple[dt.date, int, int] | None = None
    comment: str = "Projet fictif, chiffres synthétiques."


def known_project(
    name: str, starts_on: dt.date, initial: tuple[int, int], current: tuple[int, int], phase: str, comment: str = ""
) -> Project:
    """A project whose cost (k€) and duration (months) are public: they stand in the three periods unchanged."""
    return Project(
        name=name,
        starts_on=starts_on,
        initial_cost=initial[0],
        initial_months=initial[1],
        costs=(current[0],) * 3,
        months=(current[1],) * 3,
        phases=(phase,) * 3,
        maintenance=None,
        comment=comment
        or "Coûts et durées publiés (panorama) : première édition qui en donne, puis juillet 2021. "
        "Avis supposé pour l'exemple.",
    )


BUILD, PILOT, ROLL_OUT = "Conception / Réalisation", "Expérimentation", "Déploiement"
FRAMING, CLOSING, ENDED = "Cadrage", "En cours de clôture", "Terminé"
PROJECTS: dict[str, tuple[Project, ...]] = {
    "ECO": (
        known_project(
            "PAS",
            dt.date(2016, 1, 1),
            (212_000, 56),
            (212_000, 56),
            ENDED,
            "Prélèvement à la source, en production depuis janvier 2019 ; 212 M€ et 56 mois, chiffres publics "
            "(action 6-3) ; aucun glissement depuis la dernière référence. Avis supposé pour l'exemple.",
        ),
        known_project("DSN FPE (CONCENTRATEUR)", dt.date(2016, 11, 1), (23_340, 69), (23_280, 69), BUILD),
        known_project("GMBI", dt.date(2018, 9, 1), (24_880, 54), (24_880, 54), BUILD),
        known_project("PILAT", dt.date(2018, 6, 1), (41_430, 55), (41_430, 55), BUILD),
        # Drifts in every period.
        Project(
            "BORÉAL (fictif)",
            dt.date(2019, 9, 1),
            21_000,
            36,
            (22_600, 24_900, 28_300),
            (38, 42, 47),
            (BUILD, BUILD, PILOT),
            dt.date(2019, 6, 12),
        ),
    ),
    "INT": (
        known_project("FRANCE VISAS", dt.date(2014, 1, 1), (33_200, 60), (97_680, 168), ROLL_OUT),
        known_project("NexSIS Version 1", dt.date(2016, 2, 1), (52_700, 72), (52_700, 72), BUILD),
        # New in the second period, above 9 M€, without an opinion.
        Project(
            "CÉPHÉE (fictif)",
            dt.date(2021, 5, 1),
            14_200,
            30,
            (None, 14_200, 14_200),
            (30, 30, 30),
            (FRAMING, FRAMING, BUILD),
            has_opinion=False,
        ),
    ),
    "JUS": (
        known_project("PORTALIS", dt.date(2014, 3, 1), (52_400, 142), (50_400, 135), BUILD),
        known_project("ASTREA", dt.date(2012, 1, 1), (20_500, 96), (35_710, 138), BUILD),
        # Relaunched on a new trajectory in the second period, from which it drifts a little in the third.
        Project(
            "LYRE (fictif)",
            dt.date(2018, 4, 1),
            18_000,
            36,
            (25_100, 26_400, 26_900),
            (54, 60, 61),
            (BUILD, BUILD, BUILD),
            dt.date(2018, 2, 6),
            rebaselined=(dt.date(2021, 5, 17), 26_400, 60),
        ),
    ),
    "SOC": (
        known_project("Espace numérique en Santé (ENS)", dt.date(2020, 1, 1), (208_800, 48), (208_800, 48), BUILD),
        # Closing, then ended; cheaper and no longer than planned.
        Project(
            "PERSÉE (fictif)",
            dt.date(2017, 1, 1),
            12_400,
            54,
            (12_150, 12_150, 12_080),
            (54, 54, 54),
            (CLOSING, CLOSING, ENDED),
            dt.date(2016, 11, 21),
        ),
    ),
    "EDU": (
        known_project("OP@LE", dt.date(2014, 9, 1), (72_500, 96), (72_600, 111), PILOT),
        # Relaunched before the first period, and drifting again.
        Project(
            "VÉGA (fictif)",
            dt.date(2017, 9, 1),
            30_000,
            48,
            (43_500, 45_200, 48_000),
            (66, 70, 74),
            (BUILD, BUILD, BUILD),
            dt.date(2017, 5, 30),
            rebaselined=(dt.date(2020, 11, 3), 42_000, 64),
        ),
    ),
    "ECL": (
        known_project("DEMATADS", dt.date(2018, 6, 1), (27_720, 43), (27_720, 43), ROLL_OUT),
        known_project("CEREMA", dt.date(2019, 6, 1), (18_920, 43), (18_920, 43), ROLL_OUT),
        # New in the third period.
        Project(
            "ALTAÏR (fictif)",
            dt.date(2021, 9, 1),
            12_500,
            28,
            (None, None, 12_500),
            (28, 28, 28),
            (FRAMING, FRAMING, FRAMING),
            dt.date(2021, 7, 5),
        ),
    ),
    "TFP": (
        # At the threshold and not above it: no opinion is needed.
        Project(
            "DELTA (fictif)",
            dt.date(2020, 10, 1),
            9_000,
            24,
            (9_000, 9_000, 9_000),
            (24, 24, 26),
            (BUILD, BUILD, ROLL_OUT),
            has_opinion=False,
        ),
    ),
    "AGR": (known_project("EXPADON 2", dt.date(2013, 1, 1), (16_100, 68), (27_740, 109), ROLL_OUT),),
}


def project_rows(ministry: str, period: str) -> list[list[Cell]]:
    """The rows of the sheet Projets."""
    position = list(PERIODS).index(period)
    rows: list[list[Cell]] = []
    for project in PROJECTS.get(ministry, ()):
        cost = project.costs[position]
        if cost is None:
            continue
        cents = cost * 100_000
        maintenance = None if project.maintenance is None else cents * project.maintenance // 100
        new = project.rebaselined if project.rebaselined and project.rebaselined[0] <= PERIODS[period][1] else None
        rows.append(
            [
                project.name,
                project.phases[position],
                project.starts_on,
                Cents(project.initial_cost * 100_000),
                Cents(cents),
                None if maintenance is None else Cents(cents - maintenance),
                None if maintenance is None else Cents(maintenance),
                project.initial_months,
                project.months[position],
                "Oui" if project.has_opinion else "Non",
                project.opinion_on,
                "Oui" if new else "Non",
                new[0] if new else None,
                Cents(new[1] * 100_000) if new else None,
                new[2] if new else None,
                project.comment,
            ]
        )
    return rows


@dataclass(frozen=True)
class Submission:
    """What one ministry sends for one period: rows of each table, and the totals that its cover declares."""

    ministry: str
    period: str
    rows: dict[str, list[list[Cell]]]
    award_count: int
    awarded: int
    committed: int
    paid: int
    established_on: dt.date

    def cover(self, tables: Sequence[str]) -> list[Cell]:
        """The cover's values; only the totals that the named tables can show are declared."""
        has_awards, has_execution = AWARDS.key in tables, EXECUTION.key in tables
        return [
            self.ministry,
            MINISTRIES[self.ministry],
            self.period,
            self.established_on,
            "Contact fictif",
            f"suivi-fitn@{self.ministry.lower()}.example",
            self.award_count if has_awards else None,
            Cents(self.awarded) if has_awards else None,
            Cents(self.committed) if has_execution else None,
            Cents(self.paid) if has_execution else None,
            SYNTHETIC_DATA,
        ]


def compose(ministry: str, period: str, *, is_first_version: bool = False) -> Submission:
    """The submission of a ministry for a period. `is_first_version`: before the restatement of June 2021."""
    periods = list(PERIODS)
    every = territorial_awards() if ministry == "COT" else state_awards(ministry)
    awards = [award for award in every if periods.index(award.period) <= periods.index(period)]
    executions = {award.award_id: execute(award, period) for award in awards}
    if ministry == "INT":
        if is_first_version:
            awards = [replace(a, awarded=RESTATED_BEFORE) if a.award_id == RESTATED_AWARD else a for a in awards]
            executions[RESTATED_AWARD] = RESTATED_EXECUTION_BEFORE
        elif period == T1:
            executions[RESTATED_AWARD] = RESTATED_EXECUTION
    rows = {AWARDS.key: [award_row(award) for award in awards], EXECUTION.key: []}
    for award in awards:
        if done := executions[award.award_id]:
            rows[EXECUTION.key].append(
                [award.award_id, Cents(done.committed), Cents(done.paid), done.last_payment_on, done.comment or None]
            )
    if ministry in PROJECTS:
        rows["project_follow_up"] = project_rows(ministry, period)
    if (ministry, period) == FAULTY_FILE:
        rows[AWARDS.key] = [spoil(row) for row in rows[AWARDS.key]]
    done = [execution for execution in executions.values() if execution]
    amount_at = [column.title for column in AWARDS.columns].index("Montant accordé (€)")
    return Submission(
        ministry=ministry,
        period=period,
        rows=rows,
        award_count=len(awards),
        # What can be read in the file, rows with another fault included.
        awarded=sum(row[amount_at].value for row in rows[AWARDS.key] if isinstance(row[amount_at], Cents)),
        committed=sum(execution.committed for execution in done),
        paid=sum(execution.paid for execution in done),
        established_on=draw_date(
            f"{ministry}|{period}|established",
            PERIODS[period][1] + dt.timedelta(days=1),
            PERIODS[period][1] + dt.timedelta(days=2),
        ),
    )


def award_row(award: Award) -> list[Cell]:
    """The row of an award, in the order of the sheet's columns."""
    return [
        award.award_id,
        award.line,
        award.axis or None,
        award.call,
        award.beneficiary,
        award.siret,
        award.department or None,
        award.title,
        award.panorama_project or None,
        award.decided_on,
        Cents(award.cost),
        Cents(award.awarded),
    ]


def spoil(row: list[Cell]) -> list[Cell]:
    """The row as the sender got it wrong, where it is one of `FAULTS`."""
    column, fault = FAULTS.get(str(row[0]), ("", ""))
    if not fault:
        return row
    position = [each.title for each in AWARDS.columns].index(column)
    wrong: dict[str, Cell] = {"siret": str(row[position])[1:], "line": "ITN9", "amount": "à confirmer", "date": None}
    return [wrong[fault] if place == position else value for place, value in enumerate(row)]


def write_xlsx(submission: Submission, path: Path) -> None:
    """One workbook with every table."""
    book = new_book(AUTHOR)
    lay_out(book, SYNTHETIC_DATA, submission.cover(list(submission.rows)), submission.rows)
    save(book, path)


def write_ods(submission: Submission, path: Path) -> None:
    """The same sheets as an OpenDocument workbook."""
    book = OpenDocumentSpreadsheet()
    looks = _ods_looks(book)
    widths: dict[int, Style] = {}

    def add(name: str, columns: Sequence[int], rows: Sequence[Sequence[Cell]], bold_rows: Sequence[int]) -> None:
        sheet = OdsTable(name=name)
        for width in columns:
            if width not in widths:
                widths[width] = Style(name=f"width{width}", family="table-column")
                widths[width].addElement(TableColumnProperties(columnwidth=f"{width * 2}mm"))
                book.automaticstyles.addElement(widths[width])
            sheet.addElement(TableColumn(stylename=widths[width]))
        for number, row in enumerate(rows):
            line = TableRow()
            for value in row:
                line.addElement(_ods_cell(value, looks, is_bold=number in bold_rows))
            sheet.addElement(line)
        book.spreadsheet.addElement(sheet)

    title = f"Remontée du FITN - {SYNTHETIC_DATA}"
    values = submission.cover(list(submission.rows))
    add(
        "Couverture",
        (34, 62),
        [[title], [None], *([label.title, value] for label, value in zip(COVER, values, strict=True))],
        (0,),
    )
    for table in _tables(submission):
        head: list[Sequence[Cell]] = [[f"{table.heading} - {SYNTHETIC_DATA}"], [None], _titles(table)]
        add(table.sheet, [each.width for each in table.columns], head + submission.rows[table.key], (0, 2))
    archive = io.BytesIO()
    book.write(archive)
    write_repacked(archive.getvalue(), path)


def _ods_looks(book: OpenDocumentSpreadsheet) -> dict[str, Style]:
    """Cell styles of `book`: bold, date (jj/mm/aaaa) and amount (two decimals)."""
    date = DateStyle(name="day")
    for position, part in enumerate((Day(style="long"), Month(style="long"), Year(style="long"))):
        if position:
            date.addElement(DateText(text="/"))
        date.addElement(part)
    amount = NumberStyle(name="euros")
    amount.addElement(Number(decimalplaces=2, minintegerdigits=1, grouping="true"))
    bold = Style(name="bold", family="table-cell")
    bold.addElement(TextProperties(fontweight="bold"))
    looks = {
        "bold": bold,
        "date": Style(name="date", family="table-cell", datastylename=date),
        "amount": Style(name="amount", family="table-cell", datastylename=amount),
    }
    for style in (date, amount, *looks.values()):
        book.automaticstyles.addElement(style)
    return looks


def _ods_cell(value: Cell, looks: dict[str, Style], *, is_bold: bool) -> TableCell:
    if value is None:
        return TableCell()
    if isinstance(value, Cents):
        euros = str(Decimal(value.value).scaleb(-2))
        cell = TableCell(valuetype="float", value=euros, stylename=looks["amount"])
    elif isinstance(value, dt.date):
        cell = TableCell(valuetype="date", datevalue=value.isoformat(), stylename=looks["date"])
    elif isinstance(value, int):
        cell = TableCell(valuetype="float", value=str(value))
    else:
        cell = TableCell(valuetype="string", **({"stylename": looks["bold"]} if is_bold else {}))
    cell.addElement(P(text=as_french_text(value)))
    return cell


def as_french_text(value: Cell) -> str:
    """A cell as a French spreadsheet writes it into a CSV file: decimal comma, jj/mm/aaaa."""
    if isinstance(value, Cents):
        return f"{value.value // 100},{value.value % 100:02d}"
    if isinstance(value, dt.date):
        return value.strftime("%d/%m/%Y")
    return "" if value is None else str(value)


@dataclass(frozen=True)
class CsvManner:
    """How one spreadsheet program saved a CSV file: encoding, thousands, rows filled up to the table's width."""

    encoding: str
    thousands: str = ""
    is_filled_up: bool = False


# The same sender saves otherwise each time: another cell format, another entry of the "save as" list.
CSV_MANNERS = {
    T1: CsvManner("cp1252"),
    T2: CsvManner("cp1252", thousands="\N{NO-BREAK SPACE}", is_filled_up=True),
    T3: CsvManner("utf-8-sig"),
}


def write_csv(submission: Submission, table: Table, path: Path) -> None:
    """Cover rows, an empty one, then one table, separated by semicolons as a French Excel saves them."""
    manner = CSV_MANNERS[submission.period]

    def text(value: Cell) -> str:
        if isinstance(value, Cents):
            euros = f"{value.value // 100:,}".replace(",", manner.thousands)
            return f"{euros},{value.value % 100:02d}"
        return as_french_text(value)

    rows: list[list[Cell]] = [
        *([label.title, value] for label, value in zip(COVER, submission.cover([table.key]), strict=True)),
        [],
        _titles(table),
        *submission.rows[table.key],
    ]
    width = len(table.columns) if manner.is_filled_up else 0
    lines = io.StringIO()
    writer = csv.writer(lines, delimiter=";", lineterminator="\r\n")
    writer.writerows([text(value) for value in row] + [""] * (width - len(row)) for row in rows)
    path.write_bytes(lines.getvalue().encode(manner.encoding))


def _titles(table: Table) -> list[Cell]:
    return [column.title for column in table.columns]


def _tables(submission: Submission) -> list[Table]:
    return [table for table in TABLES if table.key in submission.rows]


# Monday and hour, Paris time, from which the files of a period arrive, two ministries a day; all in summer time.
ARRIVALS = {T1: dt.datetime(2021, 4, 12, 9), T2: dt.datetime(2021, 7, 5, 9), T3: dt.datetime(2021, 10, 11, 9)}  # noqa: DTZ001 - the offset is written beside it
RESTATEMENT_RECEIVED_AT = "2021-06-14T11:05:00+02:00"


def write_submissions(folder: Path) -> None:
    """Write every submission and their index into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    received: dict[str, str] = {}
    for period in PERIODS:
        for rank, ministry in enumerate(ministry for ministry in sorted(SENDS) if period in SENDS[ministry]):
            instant = ARRIVALS[period] + dt.timedelta(days=rank // 2, minutes=draw(f"{ministry}|{period}|hour", 0, 480))
            is_first = (ministry, period) == ("INT", T1)
            submission = compose(ministry, period, is_first_version=is_first)
            for step, name in enumerate(write_files(submission, folder)):
                received[name] = f"{(instant + dt.timedelta(minutes=step)).isoformat()}+02:00"
    restatement = f"INT_{T1}_rectificatif.xlsx"
    write_xlsx(replace(compose("INT", T1), established_on=dt.date(2021, 6, 11)), folder / restatement)
    received[restatement] = RESTATEMENT_RECEIVED_AT
    lines = ["file,received_at", *(f"{name},{received[name]}" for name in sorted(received))]
    (folder / "received.csv").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def write_files(submission: Submission, folder: Path) -> list[str]:
    """Write a submission in its ministry's way; the names of the files, with that of the subfolder they lie in."""
    stem = f"{submission.ministry}_{submission.period}"
    if subfolder := SUBFOLDERS.get((submission.ministry, submission.period)):
        (folder / subfolder).mkdir(exist_ok=True)
        stem = f"{subfolder}/{stem}"
    if submission.ministry == "COT":
        names = [f"{stem}_{suffix}.csv" for suffix in ("subventions", "execution")]
        for table, name in zip(_tables(submission), names, strict=True):
            write_csv(submission, table, folder / name)
        return names
    name = f"{stem}.{'ods' if submission.ministry in SENDS_ODS else 'xlsx'}"
    (write_ods if name.endswith(".ods") else write_xlsx)(submission, folder / name)
    return [name]


GUIDANCE = (
    (
        "À quoi sert ce classeur",
        "Il donne, pour un ministère et un trimestre, les subventions accordées par le fonds d'innovation et de "
        "transformation numérique (FITN), leur exécution, et le suivi des grands projets numériques.",
    ),
    (
        "Quand et comment",
        "Un classeur par trimestre, nommé CODE_ANNÉE-TRIMESTRE.xlsx, par exemple ECO_2021-T2.xlsx. Les formats ODS "
        "et CSV sont acceptés aussi ; en CSV, un fichier par feuille, la couverture en tête.",
    ),
    (
        "Tout est cumulé",
        "Chaque classeur reprend toutes les subventions depuis l'ouverture du fonds, avec les engagements (AE) et les "
        "paiements (CP) cumulés : il remplace le précédent. Le numéro d'une subvention ne change jamais.",
    ),
    (
        "Corriger un trimestre déjà remis",
        "Renvoyez le classeur entier du même trimestre, par exemple ECO_2021-T2_rectificatif.xlsx : le dernier reçu "
        "compte, l'ancien est conservé.",
    ),
    (
        "Totaux déclarés",
        "En feuille Couverture, reportez les totaux de votre propre suivi, sans les calculer d'après ce classeur : "
        "leur rapprochement avec les lignes signale un oubli ou une erreur de saisie.",
    ),
    (
        "Montants, dates, SIRET",
        "Montants en euros et centimes, sans unité. Dates en jj/mm/aaaa. SIRET en 14 chiffres, sans espace. Ne "
        "changez ni les titres des colonnes ni le nom des feuilles ; les colonnes à fond foncé sont obligatoires.",
    ),
    (
        "Si une ligne est refusée",
        "Vous recevez, pour chaque cellule en cause, la feuille, la ligne, la colonne, la valeur lue et ce qui était "
        "attendu. Les autres lignes sont prises en compte.",
    ),
)


def write_template(path: Path) -> None:
    """The blank workbook that a ministry fills."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = new_book("Modèle de remontée du FITN")
    lay_out_guidance(book, GUIDANCE)
    lay_out(book, REAL_DATA, [*[None] * (len(COVER) - 1), REAL_DATA], {table.key: [] for table in TABLES})
    save(book, path)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        raise SystemExit(__doc__)
    target = Path(sys.argv[1]) if len(sys.argv) == 2 else Path(__file__).resolve().parent
    write_submissions(target / "submissions")
    write_template(target / "template" / "modele-remontee.xlsx")
