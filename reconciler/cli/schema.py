"""Print a JSON Schema, or the names of all."""

import click


@click.command("schema", help=__doc__)
@click.argument("name", required=False)
def COMMAND(name: str | None) -> int:
    """Print the schema, or the names."""
    from reconciler.cli.output import say
    from reconciler.documents import schema_names, schema_text
    from reconciler.errors import UsageError

    if name is None:
        say("\n".join(schema_names()))
    elif name in schema_names():
        say(schema_text(name))
    else:
        raise UsageError(f"there is no schema {name}; there are {', '.join(schema_names())}")
    return 0
