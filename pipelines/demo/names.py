"""Word lists of the demo company: names, places, ways of life. Invented people; every address ends in `.example`."""


def listed(words: str) -> list[str]:
    """The words of a text."""
    return words.split()


FEMALE = listed(
    "Anna Maria Julia Laura Lena Sarah Lisa Katharina Sabine Petra Monika Claudia Susanne Ursula Renate Birgit "
    "Andrea Nicole Stefanie Christina Melanie Sandra Martina Gabriele Ingrid Helga Karin Brigitte Heike Silke "
    "Anja Kerstin Tanja Sophie Emma Mia Hannah Leonie Marie Johanna Elif Ayşe Olga Jana Nadine Ramona Jutta Käthe "
    "Žofia Zoë Franziska Theresa Veronika Isabel Carla Greta Frieda Ella Nele Pia"
)
MALE = listed(
    "Thomas Michael Andreas Stefan Peter Christian Klaus Jürgen Wolfgang Markus Martin Frank Daniel Bernd Jan "
    "Alexander Uwe Ralf Dirk Sebastian Tobias Florian Matthias Jens Philipp Felix Lukas Paul Jonas Leon Tim Max "
    "David Simon Fabian Dominik Günther Heinz Horst Manfred Dieter Werner Rainer Jörg Mehmet Ali Igor Marek Björn "
    "Søren Hans Karl Otto Emil Anton Ben Finn Oskar Theo Moritz"
)
SURNAMES = listed(
    "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein "
    "Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Schmitz Krause "
    "Meier Lehmann Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz "
    "Möller Weiß Jung Hahn Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann "
    "Franke Albrecht Schuster Simon Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer "
    "Groß Seidel Heinrich Brandt Haas Schreiber Graf Schulte Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch "
    "Bergmann Thomas Voigt Sauer Arnold Wolff Pfeiffer Özkan Kaya Demir Nowak Kowalski Novák Horvat Rossi Gruber "
    "Pichler Steiner Moser Egger Brunner Meili Ammann Zürcher Bianchi Lindqvist Jansen Petersen Claasen Ostermann "
    "Falkenberg Rosenthal Sternberg Eichhorn Nachtigall Sonnenschein Kleinschmidt Oberhuber Niedermeier Hinterseer"
)
# town, region, country, first digits of the postcode, weight
PLACES = [
    ("Berlin", "Nordost", "DE", "10", 37),
    ("Hamburg", "Nord", "DE", "20", 19),
    ("München", "Süd", "DE", "80", 16),
    ("Köln", "West", "DE", "50", 11),
    ("Frankfurt am Main", "Mitte", "DE", "60", 8),
    ("Stuttgart", "Südwest", "DE", "70", 7),
    ("Düsseldorf", "West", "DE", "40", 7),
    ("Leipzig", "Nordost", "DE", "04", 6),
    ("Dortmund", "West", "DE", "44", 6),
    ("Essen", "West", "DE", "45", 6),
    ("Bremen", "Nord", "DE", "28", 6),
    ("Dresden", "Nordost", "DE", "01", 6),
    ("Hannover", "Nord", "DE", "30", 5),
    ("Nürnberg", "Süd", "DE", "90", 5),
    ("Bielefeld", "Mitte", "DE", "33", 3),
    ("Mannheim", "Südwest", "DE", "68", 3),
    ("Karlsruhe", "Südwest", "DE", "76", 3),
    ("Münster", "West", "DE", "48", 3),
    ("Augsburg", "Süd", "DE", "86", 3),
    ("Freiburg", "Südwest", "DE", "79", 2),
    ("Kassel", "Mitte", "DE", "34", 2),
    ("Erfurt", "Mitte", "DE", "99", 2),
    ("Rostock", "Nord", "DE", "18", 2),
    ("Würzburg", "Süd", "DE", "97", 2),
    ("Wien", "Österreich", "AT", "1", 13),
    ("Graz", "Österreich", "AT", "80", 4),
    ("Salzburg", "Österreich", "AT", "50", 3),
    ("Zürich", "Schweiz", "CH", "80", 7),
    ("Basel", "Schweiz", "CH", "40", 4),
    ("Bern", "Schweiz", "CH", "30", 3),
]
LIFESTYLES = ["home cook", "connoisseur", "office", "family", "student", "frugal"]
AGE_BANDS = ["18-24", "25-34", "35-44", "45-54", "55-64", "65+"]
AGE_EDGES = [25, 35, 45, 55, 65]
INCOMES = ["low", "medium", "high"]
GENDERS = ["female", "male", "other", "unknown"]
REFERRERS = [
    "",
    "https://www.suche.example/",
    "https://kaffeeblog.example/",
    "https://social.example/",
    "https://preise.example/",
]


def in_plain_letters(name: str) -> str:
    """A name as it stands in an e-mail address: lower case, a to z only."""
    spelled = str.maketrans(
        {
            "ä": "ae",
            "ö": "oe",
            "ü": "ue",
            "ß": "ss",
            "ş": "s",
            "ž": "z",
            "ë": "e",
            "ø": "o",
            "á": "a",
            "é": "e",
        }
    )
    return name.lower().translate(spelled)
