"""Names and work addresses of invented people.

Here: name lists from many languages (with letters beyond ASCII, and names that are also words, which makes text about
their bearers hard to redact), and how they are dealt out. Not here: who the people are.
"""

from __future__ import annotations

import unicodedata

import numpy as np
import polars as pl

from seeds.company.draws import Draws

_GIVEN = """
Adaeze Agnieszka Aïcha Akira Alejandra Alexei Amara Amina Anders Ángel Anjali Antónia April Ariadne Arjun Astrid
Aurélie Aylin Baptiste Beatriz Björn Bogdan Brigita Camila Chiamaka Chiara Chloé Christian Clémence Constança Dae-jung
Daniela Deepa Diego Dilnoza Dmitri Eero Efua Eilidh Ekaterina Elif Émile Emmanuel Enrico Esra Etta Eun-ji Faith Farid
Fatou Felix Fernanda Fionn François Frank Freya Gaël Gintaras Giulia Goran Grace Gustavo Halima Hana Harper Hiroshi
Hope Hüseyin Ida Ifeoma Ignacio Ilse Imran Inês Iris Isabel Işıl Ivan Ivy Jakub Jasmine Javier Jia Joana João Jörg Joy
Jun Justice Kaito Kamala Karim Katarzyna Kavya Kerstin Khadija Kofi Krzysztof Kwame Lars Leïla Lena Levent Liis Lin
Łukasz Luna Maeve Mahmoud Maja Małgorzata Marek María Mark Mateus Matthias May Mei Mercy Miguel Mihai Mikkel Milan
Mireille Moana Mohammed Nadia Naledi Naoko Natália Nia Nikolaj Nils Ngozi Nour Nuno Octavia Oleksandra Oluwaseun Omar
Oriol Páll Paloma Parvati Pascal Patience Paweł Pedro Penelope Petra Pierre Priya Rafael Rania Rasmus Renée Ricardo
Rich Robin Rohan Rose Roxana Ruairí Sabine Saïd Sakura Salomé Sami Sanjay Santiago Sara Sébastien Selin Sergei Shanice
Shreya Sienna Sigrid Siobhán Sky Snežana Søren Soo-min Stefan Sunita Summer Svetlana Taavi Tamara Tariq Tatjana Tendai
Thandiwe Théo Thiago Tomasz Tuğba Ulrike Valentina Vasilis Vikram Violet Wanjiru Wei Will Wojciech Xavier Ximena Yara
Yasmin Yiannis Yuki Yusuf Zainab Zara Željko Zofia Zoë
"""
_FAMILY = """
Abara Abdallah Achterberg Adeyemi Aguilar Ahlström Akhtar Almeida Alvim Andersson Antonescu Arslan Asante Ashworth
Aydın Baldwin Banerjee Barros Başar Becker Bell Bernhard Best Bielak Bishop Bjarnason Blanchet Boateng Borgström Brook
Brzęk Çelik Carvalho Cash Castellanos Chandra Chavez Chen Cheung Chukwu Cohen Conti Cook Cruz D'Angelo Dąbrowa Dahl
Day De_Vries Delacroix Demir Dhillon Diallo Dimitrov Dogan Driver Dubois Duarte Dvořák Early Eide Eklund El-Masri
Eriksen Espinoza Etxeberria Farah Fernandes Fields Fontaine Forde Frost Fujita Gagnon Garcés Georgiou Ghosh Good
Gonçalves Grant Grünwald Guðmundsson Haddad Hakimi Hall Hansen Haraldsen Hayashi Hernández Hill Hoang Holgersen Horvat
Hussain Ibáñez Ilves Imai Ito Ivanova Iyer Jablonski Jansson Jarvis Jensen Jiménez Jónsdóttir Kaddour Kalniņš Kapoor
Kavanagh Keita Khan Kimura King Kipchoge Kirabo Kiss Kjær Kovačić Kowalczyk Kruger Kuznetsov Lacroix Laine Lam Land
Laurent Lemaire Levy Li Lindqvist Long López Love Lundgren Macedo Mahlangu Majewska Mäkinen Mansour Markovic Marsh
Martínez Mbeki Mehta Mendes Mensah Messaoudi Mirza Mishra Moreau Moretti Müller Munro Murakami Mwangi Nair Nakamura
Ndlovu Németh Nguyen Niemi Nkosi Novák Núñez O'Brien O'Neill Obi Odhiambo Okafor Olsson Ōno Ortiz Osei Østergaard
Özdemir Page Palmer Papadakis Park Patel Paz Pereira Petrov Pham Piątek Pinto Popescu Pope Price Quiroga Rahman Rao
Rasmussen Reyes Rich Rivera Rossi Roux Ruiz Rybak Saar Šarić Saito Salazar Salvi Sandoval Santos Sato Schäfer Schmidt
Sharma Shevchenko Sidibé Silva Singh Sjöberg Skov Sousa Stein Stone Strong Svensson Szabó Tadesse Takahashi Tanaka
Teixeira Thorne Þórsson Tkachenko Torres Touré Tran Tremblay Ueda Usman Vargas Vasquez Vēja Villanueva Virtanen Vogel
Wagner Walsh Wang Warsame Webb Weiss West White Winter Wise Wójcik Wolf Wright Yadav Yamada Yıldız Young Zając Zamora
Zhang Ziegler Zulu
"""
GIVEN = _GIVEN.split()
FAMILY = [name.replace("_", " ") for name in _FAMILY.split()]
SPECIAL_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ı": "i", "ð": "d", "Þ": "Th", "æ": "ae"})


def _address_part(name: str) -> str:
    """The name in lower-case ASCII letters."""
    decomposed = unicodedata.normalize("NFKD", name.translate(SPECIAL_LETTERS))
    return "".join(letter for letter in decomposed.lower() if letter.isascii() and letter.isalpha())


def names_and_addresses(people: int, draws: Draws) -> pl.DataFrame:
    """display_name and work_email of the first so many persons; names may repeat, addresses (at example.com) do not.

    Who comes later does not change an earlier address.
    """
    person = np.arange(people)
    given = draws.sub("given").integers(0, len(GIVEN), person)
    family = draws.sub("family").integers(0, len(FAMILY), person)
    other = draws.sub("other").integers(0, len(FAMILY), person)
    second = np.where(draws.sub("double").chance(0.04, person), other, family)
    frame = pl.DataFrame(
        {
            "given": pl.Series(GIVEN).gather(given),
            "family": pl.Series(FAMILY).gather(family),
            "second": pl.Series(FAMILY).gather(second),
            "local": pl.Series([_address_part(name) for name in GIVEN]).gather(given)
            + "."
            + pl.Series([_address_part(name) for name in FAMILY]).gather(family),
        }
    )
    is_single = pl.col("second") == pl.col("family")
    surname = pl.when(is_single).then("family").otherwise(pl.format("{}-{}", "family", "second"))
    turn = pl.int_range(pl.len()).over("local")
    suffix = pl.when(turn == 0).then(pl.lit("")).otherwise((turn + 1).cast(pl.String))
    return frame.select(
        pl.format("{} {}", "given", surname).alias("display_name"),
        pl.format("{}{}@example.com", "local", suffix).alias("work_email"),
    )
