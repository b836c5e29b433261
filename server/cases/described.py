"""docs/cases.md: the table of states and actions as a page and a diagram, made from the table itself."""

from __future__ import annotations

from collections.abc import Iterator

from server.cases.states import ALL, NAMED, SUB, TABLE, Home, Kept, State, Transition
from server.messages import say

_HOMES = {Home.ANY: "", Home.BODY: " (所在机构 own body)", Home.DISTRICT: " (区级 district)"}
_GROUPS = {ALL: "all", SUB: "further", NAMED: "the one named"}
_WHEN = {
    "pass_closes": "时限表未要求另行结案 / unless the deadline row asks for a separate closing",
    "close_is_separate": "时限表要求另行结案 / where the deadline row asks for a separate closing",
    "to_department": "给出 `department` / with `department`",
    "to_body": "给出 `body` / with `body`",
}
_COLUMNS = (
    "动作 action",
    "由 from",
    "到 to",
    "谁 who",
    "必须 requires",
    "可以 takes",
    "条件 guards",
    "时限 clocks",
    "依据 basis",
)
_INTRODUCTION = """\
# 案卷办理 Casework

案卷的状态、动作、由谁办理、必须随附什么、哪些条件必须成立、时限如何变化,都在 `server/cases/states.py` 的一张表里;本页
由它生成。表外的动作一律 409 `transition_refused`,并给出理由、现在可做的动作与当前版本。

Every state, action, role, input, condition and clock effect stands in the one table of `server/cases/states.py`, from
which this page is made. Whatever is not in it is refused: 409 `transition_refused` with the reason, the actions that
are possible now and the current version.

## 怎样办理 How to act

```
POST /api/v1/cases/TZ-2026-000123/actions/dispatch
If-Match: "2"                      或正文 or in the body: {"version": 2}
Idempotency-Key: 8b1f…             可选:重发得到同一答复 / optional: asking again gives the same answer
{"body": "320612004", "assisting": ["320612001"]}
```

- 答复是办理后的案卷,`ETag` 为其版本。`GET /cases/{number}` 的 `allowed_actions` 列出提问者现在可做的动作及其
  `requires`、`takes`;`blocked_actions` 列出尚缺条件者与理由。
  The answer is the case as it is then, its version in `ETag`. `allowed_actions` of a case are what the asker can do
  now; `blocked_actions` what a condition still forbids, and why.
- 批量:`POST /cases/actions/{action}`,正文 `{"items": [{"number", "version"}, …], …}`,逐案各自成败。 / Several cases:
  each is taken or refused by itself.
- 协办:派遣时 `assisting`,或之后 `assist`:每个协办机构得到一个子案卷(编号加 `-1`、`-2`),自有任务与时限;主案卷待其
  全部了结才能结案,作废子案卷即免除该协办。
  Assisting bodies get a case of their own each, with its own task and clocks; the leading case closes when all of
  them are at an end. Cancelling such a part excuses the body.
- 并案:被并入的案卷保留其上报;留下的案卷取较早的起算。 / Merging: every report stays where it is; the case that goes on
  takes the earlier start.
- 认定责任区:判定难以确定时由受理员或派遣员 `choose_zone`,限本案上报的候选或在案卷地点附近的责任区;判定本身不改。派遣前
  镇街与拟派机构随之按派向规则改定;派遣后只能在同一镇街内改认。再认定一次即为更正,`release_zone` 撤销。
  Choosing the zone: a candidate of a report of the case, or a zone as near; the match itself is never changed. Before
  dispatch township and body follow it by the rules of routing; after it only zones of the same township can be chosen.
  Choosing again corrects it, `release_zone` takes it back.
  上报的发现指出坐标只有按另一基准才对得上时,`read_as` 写明按哪一基准读:案卷移到那里,上报原样不动,撤销即移回。
  Where a finding says that the numbers of a report fit only as another datum, `read_as` names it: the case moves there,
  the report stays as it was sent, and taking back moves it back.
- 承办人:派遣时 `assignee`,或由所在机构 `assign`:承办机构的处置员、队员,或区级队员。收件箱有其一条,任务列表置顶;同机构
  其他人仍可办理。
  Who is expected to act: named when dispatching, or by the body itself. Others of the body still may.
- 处置后照片:随一条写明 `case` 的上报寄来,`photos[].role` 为 `after`;须与案卷落在同一门前责任区或停车区,案卷不在任何
  区内时须在设定的距离之内;返工之后须有更新的照片。 / An after-photo comes with a report that names the case; it lies in
  the zone of the case, or near it where there is none; after rework a newer one is wanted.
- 案卷转到另一机构时,其上报与照片一并可见,直到再转出。
  A body that gets a case sees its reports and photos while it has it.
- 立案时限自上报起算,由后台任务或第一个动作记入流水。
  The clock for registering counts from the report; the worker writes it, or the first action.

## 查找与计数 Finding and counting

`GET /cases`(一页)、`/cases/counts`(按状态、时限、待认定计数)与 `/cases/places`(全部位置)用同一组筛选:
`q`、`number`、`bbox`、`township`、`state`、`category`、`body`、`open`、`overdue`、`due_before`、`due_within_h`、
`ambiguous`、`mine`。`GET /bodies` 列出可派遣的机构。
Rows, counts and places take the same filters; bodies are those that a case can be dispatched to.

`q` 查编号末几位、责任区、类别与机构名称、立案上报的备注、流水的说明与理由;附后上报的备注只对案卷所在机构与区级可查。
诉求的内容与诉求人一概查不到。这些文字存于 `case_glance`,可由证据重算,按相邻两字建索引。
`q` looks at last digits of the number, zone, names of category and body, the note of the report that opened the case,
notes and reasons of its ledger; at notes of reports attached later only for the body of the case and the district. Of
complaints nothing is found: neither what was said nor by whom. The words are kept in `case_glance`, worked out from
evidence and indexed by every two neighbouring characters.

流水各条有 `actor_name` 与当时的 `actor_role`。 / Entries of the history name who acted, in which role then, to whoever
sees the case.
"""


def cases_page(generated: str) -> str:
    """The page; `generated` is the line that says so."""
    lines = [generated, _INTRODUCTION, "## 状态 States", ""]
    lines += ["| 状态 state | 中文 | English | 步 step | |", "|---|---|---|---|---|"]
    lines += list(_states())
    lines += ["", "```mermaid", "stateDiagram-v2", "  [*] --> reported", *_arrows(), "```", ""]
    lines += ["## 动作 Actions", ""]
    lines += [f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|"]
    lines += [_row(row) for row in TABLE]
    lines += ["", "## 条件 Guards", "", "| 条件 guard | 不成立时 when it does not hold |", "|---|---|"]
    lines += list(_guards())
    return "\n".join(lines) + "\n"


def _states() -> Iterator[str]:
    for state in State:
        words = say(f"state.{state.key}")
        end = "终 end" if state.ended else ""
        yield f"| `{state.key}` | {words['text']} | {words['text_en']} | {state.step} | {end} |"


def _arrows() -> Iterator[str]:
    for row in TABLE:
        if row.target is Kept.SAME:
            continue
        for source in row.source:
            if isinstance(row.target, State):
                yield f"  {source.key} --> {row.target.key}: {row.action}"
            else:
                yield from (f"  {source.key} --> {back}: {row.action}" for back in _suspendable())
    yield from (f"  {state.key} --> [*]" for state in State if state.ended)


def _suspendable() -> list[str]:
    return [state.key for row in TABLE if row.target is State.SUSPENDED for state in row.source]


def _row(row: Transition) -> str:
    words = say(f"action.{row.action}")
    target = {Kept.SAME: "不变 stays", Kept.BEFORE: "挂账前 as before"}
    to = f"`{row.target.key}`" if isinstance(row.target, State) else target[row.target]
    when = f"<br>{_WHEN[row.when]}" if row.when else ""
    clocks = ", ".join(f"{effect} {_GROUPS.get(name, name)}" for effect, name in row.clocks)
    cells = (
        f"`{row.action}` {words['text']}{when}",
        ", ".join(f"`{state.key}`" for state in row.source),
        to,
        ", ".join(row.roles) + _HOMES[row.home],
        ", ".join(f"`{name}`" for name in row.requires),
        ", ".join(f"`{name}`" for name in row.takes),
        ", ".join(f"`{name}`" for name in row.guards),
        clocks,
        row.basis,
    )
    return f"| {' | '.join(cells)} |"


def _guards() -> Iterator[str]:
    for guard in dict.fromkeys(name for row in TABLE for name in row.guards):
        words = say(f"guard.{_SENTENCES.get(guard, guard)}")
        yield f"| `{guard}` | {words['text']} / {words['text_en']} |"


# Guards with several sentences: the one that says most.
_SENTENCES = {"merge_fits": "merge_part", "zone_fits": "zone_far"}
