"""What `scrapyd-deploy` builds its egg with; any other package is built from `pyproject.toml`."""

from setuptools import find_packages, setup

from archive import __version__

setup(
    version=__version__,
    packages=find_packages(include=["archive*", "scraper*"]),
    package_data={"archive": ["**/*.json", "**/*.j2"]},
)
