from keitora.local.packages import Package, needed, parse_print_uris

PRINTED = """\
Reading package lists...
Building dependency tree...
The following NEW packages will be installed:
  postgresql-17 mosquitto
'http://m.example/pool/main/g/glibc/libc6_2.41-12%2bdeb13u4_amd64.deb' libc6_2.41-12+deb13u4_amd64.deb 2846580 SHA256:ab
'http://m.example/pool/main/p/postgresql-17/postgresql-17_17.11-0%2bdeb13u1_amd64.deb' postgresql-17_17.11_amd64.deb 16678028 SHA256:cd
'http://m.example/pool/main/l/libllvm19_19.1.7-3%2bb1_amd64.deb' libllvm19_1%3a19.1.7-3+b1_amd64.deb 25978316 SHA256:ef
"""  # noqa: E501 -- as apt prints it


def test_print_uris_gives_names_and_sizes() -> None:
    assert parse_print_uris(PRINTED) == [
        Package("libc6", 2846580),
        Package("postgresql-17", 16678028),
        Package("libllvm19", 25978316),
    ]


def test_what_only_installing_needs_is_left_out() -> None:
    names = [
        "libllvm17t64",
        "libz3-4",
        "perl",
        "perl-base",
        "libperl5.38t64",
        "libjson-perl",
        "locales",
        "adduser",
        "ucf",
    ]
    names += ["passwd", "openssl", "ssl-cert", "debconf", "libdebconfclient0", "postgresql-common", "gcc-14-base"]

    assert needed(Package(name, 1) for name in names) == []


def test_what_the_servers_load_stays() -> None:
    names = ["libc6", "libssl3t64", "libicu76", "libpam0g", "tzdata", "postgresql-17", "postgresql-client-17"]
    names += ["postgresql-16-timescaledb", "mosquitto", "libwebsockets19t64", "libldap2", "libpq5", "libgcc-s1"]

    assert [package.name for package in needed(Package(name, 1) for name in names)] == names
