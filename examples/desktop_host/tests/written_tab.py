"""A tab that holds every kind of field, and answers what a test tells it to."""

import threading

import hostspec as hs

EVERY_FIELD = hs.Form(
    fields=(
        hs.TextField(field_id="text", label="Text", value="one", error="Too short.", on_change="typed"),
        hs.NumberField(field_id="number", label="Number", value=7),
        hs.ChoiceField(
            field_id="choice",
            label="Choice",
            value="b",
            options=(
                hs.ChoiceOption(value="a", label="A", disabled_reason="Not today."),
                hs.ChoiceOption(value="b", label="B", mark="new"),
            ),
        ),
        hs.CheckField(field_id="check", label="Check", value=True),
        hs.SecretField(field_id="secret", label="Secret", stored=True),
        hs.FileField(field_id="file", label="File"),
        hs.CopyableField(field_id="copy", label="Copy", value="to copy"),
        hs.FactsField(field_id="facts", facts=(hs.Fact(label="Fact", text="true", exact="exactly"),)),
        hs.NoteField(text="<b>plain</b>", tone=hs.Tone.WARNING),
        hs.ActionField(action_id="press", label="Press"),
        hs.Section(
            section_id="more", label="More", fields=(hs.ListField(field_id="list", label="List", value=("x", "y")),)
        ),
        hs.TableField(
            field_id="table",
            label="Table",
            columns=(hs.Column(column_id="name", label="Name"),),
            rows=(
                hs.Row(row_id="r1", label="One", cells=(hs.Cell(text="One", tone=hs.Tone.GOOD),)),
                hs.Row(
                    row_id="r2",
                    label="Two",
                    cells=(hs.Cell(text="Two"),),
                    repair=hs.Action(action_id="mend", label="Mend"),
                ),
            ),
            tickable=True,
            value=("r1",),
        ),
    )
)


class ScriptedTab:
    """A ``hostspec.TabController``."""

    def __init__(self) -> None:
        self.acts: list[hs.UserAct] = []
        self.queries: list[hs.TableQuery] = []
        self.steps: dict[str, hs.Step] = {"open": self.dialog()}
        self.gate = threading.Event()
        self.gate.set()

    def dialog(self, **changes: object) -> hs.ShowDialog:
        dialog = hs.Dialog(
            dialog_id="d", title="Everything", form=EVERY_FIELD, primary=hs.Action(action_id="save", label="Save")
        )
        return hs.ShowDialog(dialog=dialog.model_copy(update=changes))

    def view(self, origin: hs.Origin, query: hs.TableQuery) -> hs.View:
        del origin
        self.queries.append(query)
        names = [name for name in (f"row {number:03}" for number in range(120)) if query.search in name]
        shown = sorted(names, reverse=query.descending)[query.offset : query.offset + query.limit]
        rows = tuple(
            hs.Row(row_id=name, label=name, cells=(hs.Cell(text=name, tone=hs.Tone.BAD),), problem=f"{name} is broken.")
            for name in shown
        )
        return hs.View(
            title="Scripted",
            actions=(hs.Action(action_id="open", label="Open"),),
            filters=(hs.Filter(filter_id="", label="All"), hs.Filter(filter_id="bad", label="Broken", count=3)),
            search_label="Search",
            table=hs.Table(
                table_id="t",
                label="Rows",
                columns=(hs.Column(column_id="name", label="Name", sortable=True),),
                rows=rows,
                total=len(names),
                query=query,
            ),
        )

    def act(self, origin: hs.Origin, act: hs.UserAct) -> hs.Step:
        del origin
        self.acts.append(act)
        self.gate.wait(10)
        if act.action_id not in self.steps:
            raise hs.NotAllowed("You may not do this.")
        return self.steps[act.action_id]
