"""Writes the pages about the contract and the command line anew: ``python -m tests.documentation``."""

from tests.documentation.command_pages import PAGE, command_page
from tests.documentation.contract_names import ContractNames
from tests.documentation.reference_pages import FOLDER, ReferencePages

if __name__ == "__main__":
    pages = ReferencePages(ContractNames())
    for file_name in pages.titles:
        (FOLDER / file_name).write_text(pages.page(file_name), encoding="utf-8")
    PAGE.write_text(command_page(), encoding="utf-8")
