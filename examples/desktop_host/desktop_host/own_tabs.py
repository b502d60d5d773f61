"""What does the host itself show? Its profiles and who uses a connection, described like the tabs of plugins."""

import hostspec as hs
from desktop_host.host import Host

_CANCEL = hs.Action(action_id="dismiss", label="Close")


class ProfilesTab:
    """A ``hostspec.TabController``: which profile posts through which connection."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def view(self, origin: hs.Origin, query: hs.TableQuery) -> hs.View:
        rows = []
        for name, chosen in self._host.profiles.chosen.items():
            found = self._choices(chosen, limit=1)
            text = next((one.label for one in found if one.connection_id == chosen), "–")
            rows.append(hs.Row(row_id=name, label=name, cells=(hs.Cell(text=name), hs.Cell(text=text))))
        columns = (hs.Column(column_id="name", label="Profile"), hs.Column(column_id="used", label="Posts through"))
        choose = hs.Action(action_id="choose", label="Choose connection", needs_row="Select a profile first.")
        table = hs.Table(
            table_id="profiles", label="Profiles", columns=columns, rows=tuple(rows), total=len(rows), query=query
        )
        return hs.View(title="Profiles", intro="What is captured, and where it goes.", actions=(choose,), table=table)

    def act(self, origin: hs.Origin, act: hs.UserAct) -> hs.Step:
        name = act.row_id or act.dialog_id or ""
        if act.action_id == "save":
            self._host.profiles.choose(name, str(act.values["connection"]))
        if act.action_id != "choose":
            return hs.Close()
        chosen = self._host.profiles.chosen[name]
        options = tuple(
            hs.ChoiceOption(value=one.connection_id, label=one.label, mark=one.subtitle, disabled_reason=one.hint)
            for one in self._choices(chosen, limit=200)
        )
        field = hs.ChoiceField(field_id="connection", label="Connection", value=chosen, options=options)
        save = hs.Action(action_id="save", label="Save", primary=True)
        form = hs.Form(fields=(field,))
        return hs.ShowDialog(dialog=hs.Dialog(dialog_id=name, title=name, form=form, primary=save, cancel=_CANCEL))

    def _choices(self, chosen: str, limit: int) -> tuple[hs.ConnectionChoice, ...]:
        query = hs.ChoiceQuery(selected_id=hs.ConnectionId(chosen) if chosen else None, limit=limit)
        return self._host.hooks.connection_choices(query).items


class UsageDialog:
    """The host's standard list of who uses something, and moving some of them to another one."""

    def __init__(self, host: Host, subject: hs.Subject) -> None:
        self._hooks, self._subject = host.hooks, subject

    def show(self, said: str = "") -> hs.Step:
        usages, targets = self._hooks.usages(self._subject), self._hooks.subject_targets(self._subject)
        failed = ", ".join((*usages.failed, *targets.failed))
        rows = tuple(
            hs.Row(
                row_id=one.usage_id,
                label=one.profile,
                cells=(hs.Cell(text=one.profile), hs.Cell(text=one.step), hs.Cell(text=one.host or "here")),
            )
            for one in usages.items
        )
        columns = tuple(hs.Column(column_id=one, label=one) for one in ("Profile", "Step", "Where"))
        ticked = tuple(one.usage_id for one in usages.items)
        self._targets = {one.subject_id: one for one in targets.items}
        options = tuple(hs.ChoiceOption(value=one.subject_id, label=one.label) for one in targets.items)
        form = hs.Form(fields=(
            hs.TableField(
                field_id="usages", label="Used by", columns=columns, rows=rows, tickable=True, value=ticked,
                empty="Nobody uses it.",
            ),
            hs.ChoiceField(field_id="target", label="Switch to", options=options),
        ))  # fmt: skip
        why = f"{failed} failed to answer: the list may be incomplete." if failed else "" if rows else "Nobody uses it."
        switch = hs.Action(action_id="usage", label="Switch", primary=True, disabled_reason=why)
        dialog = hs.Dialog(
            dialog_id="usage",
            title=f"Usage of {self._subject.label}",
            form=form,
            primary=switch,
            cancel=_CANCEL,
            intro=said or why,
        )
        return hs.ShowDialog(dialog=dialog)

    def act(self, act: hs.UserAct) -> hs.Step:
        if act.action_id != "usage":
            return hs.Close()
        target, ticked = self._targets.get(str(act.values["target"])), act.values["usages"]
        if target is None or not isinstance(ticked, tuple) or not ticked:
            return self.show("Tick at least one profile, and choose what it is to use.")
        switch = hs.UsageSwitch(subject=self._subject, target=target, usage_ids=ticked, user_id=hs.UserId("owner"))
        objections = self._hooks.switch_objections(switch)
        if objections.failed or any(one.severity is hs.Severity.BLOCK for one in objections.items):
            return self.show(" ".join(one.text for one in objections.items) or "Nothing was switched: a plugin failed.")
        done = self._hooks.switch_usages(switch).items
        return self.show(" ".join([f"{sum(one.switched for one in done)} switched.", *(one.detail for one in done)]))
