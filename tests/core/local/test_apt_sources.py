from textwrap import dedent

import pytest

from keitora.local.apt_sources import Source, choose, distribution, parse_list, parse_os_release, parse_sources, render

DEBIAN_12_CONTAINER = """\
Types: deb
# http://snapshot.example/archive/debian/20250520T000000Z
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""

DEBIAN_11_INSTALLER = """\
# deb cdrom:[Debian GNU/Linux 11.0.0 _Bullseye_ - Official amd64 NETINST]/ bullseye main

deb http://ftp.example/debian/ bullseye main contrib # near me
deb-src http://ftp.example/debian/ bullseye main
deb http://security.example/debian-security bullseye-security main contrib
deb http://ftp.example/debian/ bullseye-updates main contrib
"""

UBUNTU_24 = """\
Types: deb
URIs: http://archive.example/ubuntu/
Suites: noble noble-updates noble-backports
Components: main universe restricted multiverse
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg

## Ubuntu security updates.
Types: deb
URIs: http://security.example/ubuntu/
Suites: noble-security
Components: main universe restricted multiverse
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg
"""

UBUNTU_22_ARM = """\
deb [arch=arm64 signed-by=/etc/key.gpg] http://ports.example/ubuntu-ports jammy main restricted
deb [ arch=arm64 ] http://ports.example/ubuntu-ports jammy-updates main restricted
"""

VENDORS = """\
deb [arch=amd64 signed-by=/usr/share/keyrings/vendor.gpg] https://apt.vendor.example bookworm main
deb https://packages.other.example nodistro main
"""

OS_DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_CODENAME=bookworm\n'
OS_UBUNTU = "ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\nUBUNTU_CODENAME=noble\n"
OS_MINT = 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n'
OS_FEDORA = "ID=fedora\nVERSION_ID=42\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (OS_DEBIAN, ("debian", "bookworm")),
        (OS_UBUNTU, ("ubuntu", "noble")),
        (OS_MINT, ("ubuntu", "noble")),
        (OS_FEDORA, None),
    ],
)
def test_distribution_names_the_family_and_its_codename(text: str, expected: tuple[str, str] | None) -> None:
    assert distribution(parse_os_release(text)) == expected


def test_deb822_of_a_debian_container_leads_to_the_release_with_our_servers() -> None:
    chosen = choose(parse_sources(DEBIAN_12_CONTAINER), "debian", "bookworm")

    signed = (("Signed-By", "/usr/share/keyrings/debian-archive-keyring.gpg"),)
    assert chosen == [
        Source("http://mirror.example/debian", ("trixie",), ("main",), signed),
        Source("http://mirror.example/debian-security", ("trixie-security",), ("main",), signed),
    ]


def test_one_line_entries_of_a_debian_installer_are_read_past_comments_and_sources() -> None:
    chosen = choose(parse_list(DEBIAN_11_INSTALLER), "debian", "bullseye")

    assert [(source.uri, source.suites) for source in chosen] == [
        ("http://ftp.example/debian/", ("trixie",)),
        ("http://security.example/debian-security", ("trixie-security",)),
    ]


def test_ubuntu_takes_universe_too() -> None:
    chosen = choose(parse_sources(UBUNTU_24), "ubuntu", "noble")

    assert chosen[0].uri == "http://archive.example/ubuntu/"
    assert chosen[0].suites == ("noble",)
    assert chosen[0].components == ("main", "universe")


def test_one_line_options_keep_the_key_and_drop_the_rest() -> None:
    first, second = parse_list(UBUNTU_22_ARM)

    assert first.options == (("Signed-By", "/etc/key.gpg"),)
    assert second.options == ()


def test_other_vendors_that_use_the_codename_are_not_taken_for_the_distribution() -> None:
    known = [*parse_list(VENDORS), *parse_sources(DEBIAN_12_CONTAINER)]

    assert choose(known, "debian", "bookworm")[0].uri == "http://mirror.example/debian"


def test_a_disabled_entry_is_no_entry() -> None:
    assert list(parse_sources("Enabled: no\n" + DEBIAN_12_CONTAINER.partition("\n\n")[0])) == []


def test_a_machine_without_its_own_entry_yields_nothing() -> None:
    assert choose(parse_list(VENDORS), "debian", "trixie") == []


def test_a_key_written_out_in_the_entry_survives() -> None:
    key = "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBGPL0BUBEADmW5NdOOH\n -----END PGP PUBLIC KEY BLOCK-----"
    text = f"Types: deb deb-src\nURIs: http://m.example/debian\nSuites: trixie\nComponents: main\nSigned-By:{key}\n"

    written = render(choose(parse_sources(text), "debian", "trixie"))

    assert f"Signed-By: {key}" in written
    (again,) = parse_sources(written)
    assert again.options == (("Signed-By", key),)


def test_render_asks_for_package_lists_only() -> None:
    source = Source("http://m.example/debian", ("trixie",), ("main",), (("Signed-By", "/k.gpg"),))

    assert render([source]) == dedent(
        """\
        Types: deb
        URIs: http://m.example/debian
        Suites: trixie
        Components: main
        Targets: Packages
        Signed-By: /k.gpg
        """
    )
