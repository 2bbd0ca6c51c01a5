# The log format that is shipped: one JSON object a decided request, which agrees with the counters
# and holds nothing that a pass says.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use Cwd 'getcwd';
use JSON::PP;
use Test::More;

my $dir = hp_dir();
for my $format (qw(healthpass healthpass_address)) {
    my $nginx = HP::Server->new(
        http => 'include ' . getcwd() . '/ngx_module/healthpass-log.conf;',
        access => "$format if=\$healthpass_reason",
        server => <<'_EOC_',
        location / { healthpass_verify on; proxy_pass http://venue; }
        location /arg { healthpass_verify on; healthpass_source arg:pass; proxy_pass http://venue; }
        location /dry { healthpass_verify on; healthpass_dry_run on; proxy_pass http://venue; }
        location /page { healthpass_verify on; error_page 403 = @why; proxy_pass http://venue; }
        location @why { return 200 "why\n"; }
        location /open { proxy_pass http://venue; }
        location = /status { healthpass_status; }
_EOC_
    )->start;
    $nginx->get('/a%22b%0a', headers => [ hp_header('good') ]);
    $nginx->get('/');
    $nginx->get('/arg?pass=' . hp_encoded('forged'));
    $nginx->get('/dry', headers => [ hp_header('forged') ]);
    $nginx->get('/page', headers => [ hp_header('stranger') ]);
    $nginx->get('/open', headers => [ hp_header('good') ]);
    $nginx->wait_for(sub { 5 == (() = $nginx->access_log =~ /\n/g) });

    my @lines = split /\n/, $nginx->access_log;
    my @told = map { eval { JSON::PP->new->decode($_) } // fail("JSON: $_") } @lines;
    is(scalar @told, 5, "$format: who was judged has a line");
    is_deeply([ sort keys %{ $told[0] } ], [ sort($format eq 'healthpass_address' ? 'address' : (),
        qw(time request_id status verdict reason stage reuse server method uri seconds upstream_seconds)) ], '... of these members');
    is_deeply([ map { "$_->{uri} $_->{status} $_->{verdict} $_->{reason}" } @told ], [ "/a\"b\n 200 accepted ok",
        '/ 401 refused no-pass', '/arg 403 refused signature', '/dry 200 refused signature', '/page 200 refused signer-unknown' ],
        '... which say what was decided');
    my ($reference) = $nginx->error_log =~ /reason=no-pass.*, reference=([0-9a-f]{8})/;
    is(index($told[1]{request_id}, $reference // '?'), 0, '... and lead to the line in the error log');
    unlike($nginx->access_log, qr/HC1|%3A|Musterfrau|URN:UVCI|127\.0\.0\.1.*127\.0\.0\.1/i, '... with nothing of a pass');
    my $json = decode_json(($nginx->get('/status'))[2]);
    my %reasons;
    $reasons{ $_->{reason} }++ for @told;
    is_deeply({ map { my $n = $json->{decisions}{reasons}{$_} + $json->{dry_decisions}{reasons}{$_}; $n ? ($_ => $n) : () }
        keys %{ $json->{decisions}{reasons} } }, \%reasons, '... and agree with the counters');
    is($nginx->stop, 0, 'nginx ends well');
}

# what is shipped is installed
my $to = "$dir/installed";
my @made = map { "$ENV{BUILD}/$_" } qw(healthpassctl pam_healthpass.so ngx_http_healthpass_module.so);
SKIP: {
    skip 'nothing is built here', 1 unless $ENV{BUILD} && 3 == grep { -e } @made;
    my $printed = `make -n install BUILD='$ENV{BUILD}' DESTDIR='$to' 2>/dev/null`;
    my ($files) = $printed =~ m{^install -m 0644 (.*) \Q$to\E/usr/share/healthpass$}m;
    is_deeply([ sort map { s{.*/}{}r } split ' ', $files // '' ],
        [qw(healthpass-alerts.yml healthpass-log.conf healthpass.json)], 'make install knows of the shipped files');
    like($printed, qr{^install -m 0644 \S+/web/\*\.\* \Q$to\E/usr/share/healthpass/web$}m, '... and of the pass field');
}
done_testing();
