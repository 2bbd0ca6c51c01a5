# healthpass_status prometheus: the text format 0.0.4, line by line, and what the numbers say;
# and that the dashboard and the alerts that are shipped ask for nothing else.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = hp_dir();
my $index = "$dir/watched.index";
my $deny = hp_write("$dir/deny", "healthpass deny list 1\n");
hp_revoked($index, '--dated', int(time) - 3600, 'eu', 'house');
my $policy = hp_policy("w\\at\xfcch", "revoked = \"$index\"; revoked_required = [ \"eu\" ]; deny_list = \"$deny\";");
my $nginx = HP::Server->new(
    workers => 2,
    http => 'healthpass_refresh 100ms; healthpass_zone uses 1m; healthpass_policy ' . "'$policy';",
    server => <<"_EOC_",
        location / { healthpass_verify on; proxy_pass http://venue; }
        location /once { healthpass_verify on; healthpass_reuse limit=1 window=1h by=\$arg_by; proxy_pass http://venue; }
        location /dry { healthpass_verify on; healthpass_dry_run on; healthpass_policy $dir/nobody.conf; proxy_pass http://venue; }
        location = /metrics { healthpass_status prometheus; }
        location = /status { healthpass_status; }
_EOC_
)->start;
$nginx->wait_for(sub { $nginx->workers == 2 });

# ---- the format ------------------------------------------------------------------

# https://prometheus.io/docs/instrumenting/exposition_formats/: what is wrong with a text, and its
# samples by metric and labels.
sub parsed {
    my ($text) = @_;
    my (@wrong, %help, %type, %ended, %seen, $current);
    push @wrong, 'the last line does not end' unless $text =~ /\n\z/;
    for my $line (split /\n/, $text) {
        if ($line =~ /^# HELP ([a-zA-Z_:][\w:]*) (\S(?:[^\\]|\\\\|\\n)*)$/) {
            push @wrong, "HELP twice: $1" if $help{$1}++;
            $ended{$current} = 1 if defined $current;
            $current = $1;
        } elsif ($line =~ /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge)$/) {
            push @wrong, "TYPE not behind its HELP: $1" if ($current // '') ne $1 || $type{$1};
            $type{$1} = $2;
        } elsif ($line =~ /^([a-zA-Z_:][\w:]*)(\{(.*)\})? (-?\d+(?:\.\d+)?)$/) {
            my ($name, $labels, $value) = ($1, $3 // '', $4);
            my (%label, $last);
            push @wrong, "a sample away from its TYPE: $line" if $name ne ($current // '') || !$type{$name} || $ended{$name};
            push @wrong, "a counter without _total: $name" if $type{$name} && ($type{$name} eq 'counter') != ($name =~ /_total$/);
            while ($labels =~ /\G([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(,|\z)/gc) {
                push @wrong, "a label twice: $line" if exists $label{$1};
                $label{$1} = $2;
                $last = $3;
            }
            push @wrong, "labels: $line" if (pos $labels // 0) != length $labels || ($last // '') eq ',';
            my $key = join ' ', $name, map { "$_=$label{$_}" } sort keys %label;
            push @wrong, "a sample twice: $line" if exists $seen{$key};
            $seen{$key} = $value;
        } else {
            push @wrong, "no line of that format: $line";
        }
    }
    push @wrong, map { "without TYPE: $_" } grep { !$type{$_} } keys %help;
    return (\@wrong, \%seen, \%type);
}
sub wrong { return scalar @{ (parsed(shift))[0] } }

# the checker itself
my $good = "# HELP a b c\n# TYPE a gauge\na{x=\"\\\\\\\"\\n\",y=\"\"} 1\na 2.5\n";
is(wrong($good), 0, 'what is right');
for ('a 1', "# HELP a b\na 1\n", "a 1\n", $good . "a 3\n", $good . $good, $good =~ s/gauge/counter/r, $good =~ s/gauge/Gauge/r,
    $good =~ s/",y/"y/r, $good =~ s/y=""/y="",/r, $good =~ s/\\n"/\\t"/r, $good =~ s/y=/x=/r, $good =~ s/ 2\.5/ /r, $good =~ s/ 2\.5/ x/r,
    $good . "# HELP b c\n# TYPE b gauge\nb 1\na{z=\"\"} 1\n", $good . "# HELP b c\n# TYPE a gauge\n")
{
    cmp_ok(wrong($_), '>', 0, 'what is not: ' . s/\n/~/gr);
}

sub metrics {
    my ($code, $headers, $text) = $nginx->get('/metrics');
    my ($wrong, $samples, $types) = parsed($text);
    return ($samples, $types, $wrong, $headers, $text);
}
sub value {
    my ($samples, $name, @labels) = @_;
    my @hits = grep { my $key = $_; $key =~ /^\Q$name\E(?: |$)/ && !grep { $key !~ / \Q$_\E(?= |$)/ } @labels } keys %$samples;
    return @hits == 1 ? $samples->{ $hits[0] } : scalar(@hits) . ' of them';
}

# ---- what it says ----------------------------------------------------------------

my @good = (headers => [ hp_header('good') ]);
$nginx->get('/', @good) for 1 .. 3;
$nginx->get('/');
$nginx->get('/', headers => [ hp_header('forged') ]);
$nginx->get("/once?by=$_", @good) for 1 .. 2;
$nginx->get('/dry', @good);
$nginx->wait_for(sub { 8 == eval { my $json = decode_json(($nginx->get('/status'))[2]); $json->{decisions}{total} + $json->{dry_decisions}{total} } });

my ($samples, $types, $wrong, $headers, $text) = metrics();
is_deeply($wrong, [], 'every line is of the format');
like($headers, qr{^Content-Type: text/plain; version=0\.0\.4; charset=utf-8\r?$}mi, 'its type');
like($headers, qr{^Cache-Control: no-store\r?$}mi, '... which nobody keeps');
like($text, qr{policy="[^"]*/w\\\\at\?ch\.conf"}, 'a path is escaped, and UTF-8');
SKIP: {
    skip 'promtool is not installed', 1 if system('command -v promtool >/dev/null') != 0;
    open my $out, '|-', 'promtool check metrics' or die $!;
    print $out $text;
    ok(close $out, 'promtool has nothing to say');
}

is(value($samples, 'healthpass_decisions_total', 'reason=ok', 'verdict=accepted'), 5, 'accepted');
is(value($samples, 'healthpass_decisions_total', 'reason=no-pass', 'verdict=refused'), 1, 'no pass');
is(value($samples, 'healthpass_decisions_total', 'reason=signature'), 1, 'forged');
is(value($samples, 'healthpass_decisions_total', 'reason=trust-missing', 'verdict=fault'), 0, 'no fault');
is(value($samples, 'healthpass_dry_decisions_total', 'reason=trust-missing', 'verdict=fault'), 1, '... but in the dry run');
is(value($samples, 'healthpass_decisions_source_total', 'source=header'), 6, 'by source');
is(value($samples, 'healthpass_decisions_source_total', 'source=none'), 1, '... and none');
is(value($samples, 'healthpass_decisions_format_total', 'format=hc1'), 6, 'by format');
is(value($samples, 'healthpass_suspects_total'), 1, 'suspects');
is(value($samples, 'healthpass_without_pass_total'), 0, 'nobody without');
is(value($samples, 'healthpass_ledger_used_total'), 2, 'uses');
is(value($samples, 'healthpass_ledger_suspect_total'), 1, '... over the limit');
is(value($samples, 'healthpass_zone_passes'), 1, 'passes in the zone');
cmp_ok(value($samples, 'healthpass_zone_free_bytes'), '<', value($samples, 'healthpass_zone_bytes'), 'room in it');
is(value($samples, 'healthpass_build_info'), 1, 'which build');
is(value($samples, 'healthpass_dry_run'), 1, 'a location is in a dry run, also while nobody comes');
my $json = decode_json(($nginx->get('/status'))[2]);
my @mine = 'policy=' . "$dir/w\\\\at?ch.conf";
is(value($samples, 'healthpass_policy_keys', @mine), 3, 'keys');
is(value($samples, 'healthpass_policy_state', @mine, 'state=ready'), 1, 'ready');
is(value($samples, 'healthpass_policy_state', @mine, 'state=fault'), 0, '... and nothing else');
is(value($samples, 'healthpass_policy_state', "policy=$dir/nobody.conf", 'state=fault'), 1, 'another one is at fault');
is(value($samples, 'healthpass_policy_refused', @mine), 0, 'nothing was refused');
is(value($samples, 'healthpass_policy_override_until_timestamp_seconds', @mine), 0, 'no override');
is(value($samples, 'healthpass_policy_versions', @mine), 1, 'both workers hold the same');
is(value($samples, 'healthpass_workers'), 2, 'two workers');
is(value($samples, 'healthpass_workers_leaving'), 0, '... and no other');
is((grep { /^healthpass_worker_looked/ && abs($samples->{$_} - time) < 5 } keys %$samples), 2, '... which looked just now');
my @eu = (@mine, 'what=revocation', 'name=eu');
cmp_ok(abs(value($samples, 'healthpass_list_dated_timestamp_seconds', @eu) - (time - 3600)), '<', 60, 'how old a list is');
is(value($samples, 'healthpass_list_end_timestamp_seconds', @eu), value($samples, 'healthpass_policy_next_end_timestamp_seconds', @mine), '... and when it ends, the first of all');
is(value($samples, 'healthpass_list_entries', @eu), 1, '... what is in it');
is(value($samples, 'healthpass_list_stale', @eu), 0, '... not stale');
is(value($samples, 'healthpass_list_entries', @mine, 'what=deny'), 0, 'the deny list');
is(value($samples, 'healthpass_list_refused', @mine, 'what=deny'), 0, '... in use');

# a deny list that is none: the one before stays, and it shows
hp_write($deny, "nonsense\n");
ok($nginx->wait_for(sub { ($samples) = metrics(); value($samples, 'healthpass_list_refused', @mine, 'what=deny') eq '1' }, 10), 'a broken list shows');
is($nginx->get('/', @good), 200, '... and the one before serves');
hp_write($deny, "healthpass deny list 1\n");
ok($nginx->wait_for(sub { ($samples) = metrics(); value($samples, 'healthpass_list_refused', @mine, 'what=deny') eq '0'
    && value($samples, 'healthpass_policy_versions', @mine) eq '1' }, 10), 'mended');

# nobody learns of a pass here
unlike($text, qr/[0-9a-f]{16}|HC1:|Musterfrau|URN:UVCI/i, 'no label is of a pass');

# ---- what is shipped asks for what there is --------------------------------------

sub slurp { return HP::Server::slurp(shift) }
my $board = eval { JSON::PP->new->utf8->decode(slurp('ngx_module/grafana/healthpass.json')) };
ok($board, 'the dashboard is JSON') or diag $@;
cmp_ok($board->{schemaVersion}, '>=', 30, '... of a schema');
my %ids;
ok(!(grep { $ids{ $_->{id} }++ } @{ $board->{panels} }), '... each panel has an id of its own');
my @asked = map { map { $_->{expr} } @{ $_->{targets} // [] } } @{ $board->{panels} };
cmp_ok(scalar @asked, '>', 8, '... which ask');
my $rules = slurp('ngx_module/grafana/healthpass-alerts.yml');
my @alerts = $rules =~ /^ +expr: (.*)$/mg;
cmp_ok(scalar @alerts, '>', 5, 'alerts');
is(scalar @alerts, scalar(() = $rules =~ /^ +- alert: \w+$/mg), '... each asks');
is(scalar @alerts, scalar(() = $rules =~ /^ +summary: .+$/mg), '... and says what to do');
for my $expr (@asked, @alerts, map { ref $_->{query} ? $_->{query}{query} : () } @{ $board->{templating}{list} // [] }) {
    next unless defined $expr && $expr =~ /healthpass/;
    is_deeply([ grep { !$types->{$_} } $expr =~ /(healthpass_\w+)/g ], [], "asks for what there is: $expr");
    for ($expr =~ /(healthpass_\w+)\{([^}]*)\}/g ? [ $1, $2 ] : ()) {
        my ($name, $labels) = @$_;
        my ($one) = grep { /^$name / } keys %$samples;
        is_deeply([ grep { !/^(?:instance|job)$/ && ($one // '') !~ / $_=/ } $labels =~ /(\w+)\s*[=!]/g ], [], '... by labels that it has');
    }
}
SKIP: {
    skip 'promtool is not installed', 1 if system('command -v promtool >/dev/null') != 0;
    is(system('promtool check rules ngx_module/grafana/healthpass-alerts.yml >/dev/null'), 0, 'promtool takes the alerts');
}

is($nginx->stop, 0, 'nginx ends well');
unlike($nginx->error_log, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing');

# ---- where nothing is guarded ----------------------------------------------------

my $none = HP::Server->new(server => 'location = /metrics { healthpass_status prometheus; }')->start;
($wrong, $samples) = parsed(($none->get('/metrics'))[2]);
is_deeply([ $wrong, [ map { s/ .*//r } keys %$samples ] ], [ [], [ 'healthpass_build_info' ] ], 'which build, and nothing else');
is($none->stop, 0, 'nginx ends well');
done_testing();
