#!/bin/sh
# Makes the passwords of the two databases at the first start, and never again.
# compose.yaml runs it before them. Nobody needs to know what it makes: the databases read
# their own file, and the pipeline reads `pgpass`, as libpq does for PGPASSFILE.
#
# A password may be given instead, at the first start only, by DAGSTER_DATABASE_PASSWORD or
# WAREHOUSE_PASSWORD: letters, digits, - and _ alone.
set -eu
umask 077
folder=${PASSWORDS:-/passwords}
database_user=${DATABASE_UID:-999} # `postgres` in the image postgres:18
pipeline_user=${PIPELINE_UID:-1000} # `dagster` in ours

if [ -s "$folder/pgpass" ]; then
    echo "passwords: made already, unchanged"
    exit 0
fi

password() { # name, given value: into its file
    made=${2:-$(head -c 32 /dev/urandom | base64 | tr -d '/+=\n')}
    case $made in
        *[!A-Za-z0-9_-]*)
            echo "passwords: the password given for $1 holds other characters than letters, digits, - and _" >&2
            exit 1
            ;;
    esac
    printf '%s' "$made" >"$folder/$1"
    chown "$database_user" "$folder/$1"
    chmod 0400 "$folder/$1"
}

chmod 0711 "$folder"
rm -f "$folder/dagster-database" "$folder/warehouse" "$folder/pgpass.new" # of a start that was cut
password dagster-database "${DAGSTER_DATABASE_PASSWORD:-}"
password warehouse "${WAREHOUSE_PASSWORD:-}"
{
    printf 'dagster-database:*:*:dagster:%s\n' "$(cat "$folder/dagster-database")"
    printf 'warehouse:*:*:warehouse:%s\n' "$(cat "$folder/warehouse")"
} >"$folder/pgpass.new"
chown "$pipeline_user" "$folder/pgpass.new"
chmod 0400 "$folder/pgpass.new"
# Last, and whole: what is seen above as the sign that all is made.
mv "$folder/pgpass.new" "$folder/pgpass"
echo "passwords: made"
