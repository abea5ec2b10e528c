"""`pipir serve` and `pipir work`: the service on its socket, and the worker that runs jobs and reminds by mail."""

import argparse
import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import uvicorn
import uvloop

from pipir import logs
from pipir.app import Setup, create_app
from pipir.build import build_job
from pipir.cli.installation import Addresses, Wish, database, set_up, settings_of, wish_of
from pipir.cli.words import say
from pipir.features.imports import commands as imports
from pipir.features.law.queries import check_copied_law
from pipir.kernel.errors import Invalid, Mistake
from pipir.remind import Post, keep_reminding
from pipir.settings import Settings
from pipir.store.doors import JOB, WEB, Database
from pipir.store.jobs import JobFunction
from pipir.store.migrate import Installation, ready_made, refuse_unsafe
from pipir.store.queue import work as run_jobs

JOBS: dict[str, JobFunction] = {
    "report.build": build_job,
    imports.CHECK_JOB: imports.check_job,
    imports.PUBLISH_JOB: imports.publish_job,
}


def serve(options: argparse.Namespace) -> int:
    """Set the installation up and serve it until it is told to stop."""
    settings = settings_of(options)
    logs.set_up(settings.log_level)
    with _listening(settings) as listening, database(options, serves=True) as addresses:
        try:
            wish = None if options.no_setup else wish_of(options)
            uvloop.run(_run_service(settings, listening, addresses, wish, with_worker=options.with_worker))
        except KeyboardInterrupt:
            say("Stopping.")
    return 0


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """The socket of the service, taken before anything else is started, so that a taken port stops nothing half-way."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Its connections take it over: else the body of an answer waits 40 ms until the other side has acknowledged
        # the head. The loop sets it only on sockets that say that they are TCP, which those of this one do not.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            listening.bind((settings.host, settings.port))
        except OSError as wrong:
            raise Invalid(
                f"The service cannot listen on {settings.host}:{settings.port}: {wrong.strerror}.",
                mistakes=(Mistake("--port", "Expected a port that is free.", str(settings.port)),),
                way_out="Name another one with --port.",
            ) from wrong
        yield listening


async def _run_service(
    settings: Settings, listening: socket.socket, addresses: Addresses, wish: Wish | None, *, with_worker: bool
) -> None:
    db = Database(addresses.application, role=addresses.role, limits=WEB)
    installation = await (set_up(addresses, wish, say=say) if wish is not None else ready_made(db))
    async with db.read() as session:
        await check_copied_law(session)
    await refuse_unsafe(db)
    app = create_app(
        Setup(
            db=db,
            kind=installation.kind,
            secure=settings.behind_tls,
            url=settings.url,
            allowed_hosts=settings.allowed_hosts,
            scanner=settings.scanner,
        )
    )
    server = _Server(
        uvicorn.Config(
            cast("Any", app),
            http="httptools",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=settings.behind_tls,
            timeout_graceful_shutdown=5,
            # Longer than the two minutes that a proxy keeps an idle connection: it must never send into a closing one.
            timeout_keep_alive=130,
        )
    )
    stop = asyncio.Event()
    tasks = [asyncio.create_task(_announce(server, settings, installation))]
    if with_worker:
        tasks.append(asyncio.create_task(run_worker(settings, addresses, stop)))
    try:
        await server.serve(sockets=[listening])
    finally:
        stop.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        await db.close()


class _Server(uvicorn.Server):
    """A server that ends when it is asked to, and leaves what stands around it to end in order too."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals as a wish; the parent class would raise them again, past the worker and the database."""
        loop = asyncio.get_running_loop()
        words = (signal.SIGINT, signal.SIGTERM)
        for each in words:
            loop.add_signal_handler(each, self.handle_exit, each, None)
        try:
            yield
        finally:
            # From here on a second signal ends at once.
            for each in words:
                loop.remove_signal_handler(each)


async def _announce(server: uvicorn.Server, settings: Settings, installation: Installation) -> None:
    while not server.started:
        if server.should_exit:
            return
        await asyncio.sleep(0.02)
    say(f"Serving on http://{settings.host}:{settings.port}")
    if installation.kind == "production":
        say("Nobody signs in by name here. The first administrator: pipir people create-administrator --help")
        say("Programs come in with a token: pipir token create --help")
    else:
        say("Sign in: open the address, accept the notice, choose an exercise person. No password is asked for.")
    say("Ctrl-C stops everything.")


def work(options: argparse.Namespace) -> int:
    """Run jobs until it is told to stop."""
    settings = settings_of(options)
    logs.set_up(settings.log_level)
    with database(options, serves=True) as addresses:
        asyncio.run(_work_until_stopped(settings, addresses))
    return 0


async def _work_until_stopped(settings: Settings, addresses: Addresses) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    say("Waiting for jobs. Ctrl-C stops.")
    await run_worker(settings, addresses, stop)


async def run_worker(settings: Settings, addresses: Addresses, stop: asyncio.Event) -> None:
    """Run jobs, and remind by mail where a mail server is named."""
    db = Database(addresses.application, role=addresses.role, limits=JOB, size=3)
    reminding = None
    try:
        if settings.mail is not None:
            post = Post(settings.mail, settings.url, await ready_made(db))
            reminding = asyncio.create_task(keep_reminding(db, post, stop))
        await run_jobs(db, addresses.application, JOBS, stop=stop, role=addresses.role)
    finally:
        stop.set()
        if reminding is not None:
            await reminding
        await db.close()
