# SMART Health Cards at the gate: the digits of a QR code, one in parts, and a policy without them.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use Test::More;

my $dir = hp_dir();
my $iss = 'https://issuer.example';
hp_ctl('keygen', '-o', "$dir/cards", '--shc', $iss);
hp_ctl('trust', 'import', '--from', 'vci', '--unsigned', 'vci', "$dir/cards/issuer.shc.json", '-o', "$dir/cards.store");
hp_write("$dir/cards.conf", qq(trust = [ "$dir/trust.d", "$dir/cards.store" ];\nrules = "minimal";\n)
    . qq(identity_key = "$dir/identity.key";\nformats = [ "hc1", "shc" ];\n));

sub card {
    my $text = hp_ctl('issue', '--format', 'shc', '--key', "$dir/cards/issuer.key", '--iss', $iss, @_);
    $text =~ s/\s+\z//;
    return $text;
}

my $nginx = HP::Server->new(
    access => 'main',
    http => <<'_EOC_',
    log_format main '$uri $status $healthpass_reason $healthpass_format $healthpass_kind';
    map $uri $hp_unused { default 1; }
_EOC_
    server => <<"_EOC_",
        healthpass_verify on;
        healthpass_expose format kind;
        large_client_header_buffers 4 16k;
        client_body_buffer_size 64k;
        location / { healthpass_policy $dir/cards.conf; proxy_pass http://venue; }
        location /hc1 { proxy_pass http://venue; }
        location /list { healthpass_policy $dir/cards.conf; healthpass_source form:pass[]; proxy_pass http://venue; }
        location /party {
            healthpass_policy $dir/cards.conf;
            healthpass_source form:pass[];
            healthpass_persons count=form:count;
            proxy_pass http://venue;
        }
_EOC_
)->start;

# nginx writes the line of a request after its answer: they are looked at when it has ended.
my @lines;
sub shows {
    my ($path, $text, $status, $line) = @_;
    is($nginx->get($path, headers => [ "X-Health-Pass: $text\n" ]), $status, "$path: $status");
    push @lines, [ qr{^\Q$path $status $line\E$}m, "$path: the variables" ];
}

my $good = card('--preset', 'adult-full');
shows('/vaccination', $good, 200, 'ok shc v');
shows('/test', card('--preset', 'adult-test'), 200, 'ok shc t');
shows('/positive', card('--preset', 'test-positive'), 403, 'rule-failed shc t');
shows('/nothing', card('--preset', 'empty'), 403, 'rule-none shc n');
shows('/forged', card('--preset', 'adult-full', '--forge'), 403, 'signature shc -');
shows('/hc1/off', $good, 403, 'kind-off - -');
(my $parts = card('--preset', 'adult-full', '--chunks', 3)) =~ s/\n/ /g;
shows('/parts', join(' ', reverse split / /, $parts), 200, 'ok shc v');
shows('/part', (split / /, $parts)[1], 403, 'encoding shc -');
# The codes of a card fill several places of a list, in any order, beside those of others.
sub codes { my ($preset, $n) = @_; return split / /, card('--preset', $preset, '--chunks', $n) =~ s/\n/ /gr }
sub encoded { return $_[0] =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ger }
my $places = 0;
sub listed {
    my ($what, $path, $count, $status, $reason, @texts) = @_;
    my $uri = "$path/" . ++$places;
    is($nginx->get($uri, body => join '&', "count=$count", map { 'pass[]=' . encoded($_) } @texts), $status, "$what: $status");
    push @lines, [ qr{^$uri $status $reason }m, "$what: $reason" ];
}
my ($one, $two, $three) = codes('adult-full', 3);
my @other = codes('adult-test', 2);
listed('a card in three places', '/list', 1, 200, 'ok', $three, $one, $two);
listed('without the third', '/list', 1, 403, 'party', $one, $two);
listed('the second twice', '/list', 1, 403, 'party', $one, $two, $two);
listed('a whole card and a code', '/list', 1, 403, 'party', $one, $two, $three, $one);
listed('one code', '/list', 1, 403, 'encoding', $one);
listed('codes of two cards', '/party', 1, 403, 'party', $one, $other[1], $three);
listed('a card in parts, a pass, a card in parts', '/party', 3, 200, 'ok', @other, hp_pass('good'), $two, $one, $three);
listed('one person fewer', '/party', 2, 403, 'party', @other, hp_pass('good'), $two, $one, $three);
listed('two cards of as many codes, mixed', '/party', 2, 403, 'party', $one, (codes('adult-test', 3))[0, 1], $two, $three,
    (codes('adult-test', 3))[2]);
is($nginx->get('/book', headers => [ hp_header('good') ]), 200, 'a pass of the other format beside them');
is($nginx->stop, 0, 'nginx ends well');
like($nginx->access_log, $_->[0], $_->[1]) for @lines;
unlike($nginx->error_log, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing');
done_testing();
