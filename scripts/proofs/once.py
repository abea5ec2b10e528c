"""A POST sent a hundred times is done once, and of many edits of one record exactly the answered ones count."""

import asyncio
import json
import random
import secrets
from collections import Counter
from http import HTTPStatus

import _served
import httpx

from proofs.finding import Finding, Work

ROUNDS = 10
TIMES = 100
EDITORS = 50
EDITS = 1_000
SEED = 1253
HEADINGS = ("symbol", "name", "department", "since")


async def _cut(port: int, request: bytes, chance: random.Random) -> int:
    """Send a request and leave it: at once, in the middle of its words, or after its answer; return its status or 0."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        kind = chance.random()
        if kind < 0.25:
            writer.write(request[: chance.randrange(1, len(request))])
            await writer.drain()
            return 0
        writer.write(request)
        await writer.drain()
        if kind < 0.75:
            await asyncio.sleep(chance.uniform(0, 0.05))
            # A reset instead of a farewell: what was under way is not waited for.
            writer.transport.abort()
            return 0
        line = await reader.readline()
        return int(line.split()[1]) if line else 0
    except (OSError, asyncio.IncompleteReadError):
        return 0
    finally:
        writer.close()


async def _hundredfold(port: int, token: str, chance: random.Random, wrong: list[str]) -> tuple[int, int]:
    """Return how many rows and how many trail rows one POST left that was sent a hundred times at once."""
    key = secrets.token_hex(8)
    body = json.dumps(dict(zip(HEADINGS, (key, f"Office {key}", "Other", "2026-01-01"), strict=True))).encode()
    head = (
        f"POST /api/v1/offices HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    statuses = await asyncio.gather(*(_cut(port, head.encode() + body, chance) for _ in range(TIMES)))
    known = {0, HTTPStatus.CREATED, HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE}
    wrong += [f"answered {status}" for status in statuses if status not in known]
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as client:
        told = {**headers, "Idempotency-Key": key, "Content-Type": "application/json"}
        answer = await client.post("/api/v1/offices", content=body, headers=told)
        for _ in range(100):
            if answer.status_code == HTTPStatus.CREATED:
                break
            await asyncio.sleep(0.05)
            answer = await client.post("/api/v1/offices", content=body, headers=told)
        if answer.status_code != HTTPStatus.CREATED:
            wrong.append(f"the last one was answered {answer.status_code}: {answer.text[:200]}")
            return 0, 0
        rows = 0
        cursor: dict[str, str] = {}
        while True:
            params = {"limit": "200", "sort": "symbol", **cursor}
            page = (await client.get("/api/v1/offices", params=params)).json()
            rows += sum(each["symbol"] == key for each in page["items"])
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        history = (await client.get(f"{answer.headers['location']}/history")).json()
        return rows, len(history)


async def _edited(port: int, token: str) -> tuple[int, Counter[int]]:
    """Let the editors change one office at once; return its last version and how often each status was answered."""
    key = secrets.token_hex(8)
    headers = {"Authorization": f"Bearer {token}"}
    limits = httpx.Limits(max_connections=EDITORS)
    answered: Counter[int] = Counter()
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60, limits=limits
    ) as client:
        body = dict(zip(HEADINGS, (key, f"Office {key}", "Other", "2026-01-01"), strict=True))
        made = await client.post("/api/v1/offices", json=body, headers={"Idempotency-Key": key})
        location = made.headers["location"]

        async def edit(editor: int) -> None:
            for number in range(EDITS // EDITORS):
                found = await client.get(location)
                while found.status_code != HTTPStatus.OK:
                    await asyncio.sleep(0.05)
                    found = await client.get(location)
                change = {"symbol": key, "name": f"Change {editor} {number}", "department": "Other"}
                answer = await client.put(location, json=change, headers={"If-Match": found.headers["etag"]})
                answered[answer.status_code] += 1

        await asyncio.gather(*(edit(editor) for editor in range(EDITORS)))
        last = await client.get(location)
        return last.json()["version"], answered


def prove(work: Work) -> list[Finding]:
    home = work.folder / "home"
    token = _served.token(home)
    chance = random.Random(SEED)
    wrong: list[str] = []
    left = []
    with _served.served(home, work.folder / "said") as service:
        for number in range(1, ROUNDS + 1):
            left.append(asyncio.run(_hundredfold(service.port, token, chance, wrong)))
            work.say(f"round {number} of {ROUNDS}: {left[-1][0]} row, {left[-1][1]} trail row")
        version, answered = asyncio.run(_edited(service.port, token))
        work.say(f"{EDITS:,} edits: version {version}, {dict(answered)}")
    _served.remove(home)
    done = sum(times for status, times in answered.items() if status < HTTPStatus.MULTIPLE_CHOICES)
    known = {HTTPStatus.OK, HTTPStatus.PRECONDITION_FAILED, HTTPStatus.SERVICE_UNAVAILABLE}
    wrong += [f"an edit was answered {status}" for status in answered if status not in known]
    return [
        Finding(
            f"rows and trail rows of one POST sent {TIMES} times at once, three of four cut off, {ROUNDS} times over",
            f"{max(rows for rows, _ in left)} and {max(trail for _, trail in left)}",
            "1 and 1",
            all(each == (1, 1) for each in left),
        ),
        Finding(
            f"versions that {EDITORS} editors made with {EDITS:,} edits under If-Match",
            f"{version - 1}",
            f"{done}, the number of edits that were answered with 2xx",
            version - 1 == done > 0,
        ),
        Finding(
            "answers that no sender expects",
            f"{len(wrong)}{': ' + wrong[0] if wrong else ''}",
            "0",
            not wrong,
        ),
    ]
