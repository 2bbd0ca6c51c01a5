# VDS-NC at the gate: the JSON of a QR code in a header, and a policy without it.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use Test::More;

my $dir = hp_dir();
hp_ctl('keygen', '-o', "$dir/seals", '--vds-nc', '--country', 'AU');
hp_ctl('trust', 'import', '--from', 'csca', '--unsigned', 'csca', "$dir/seals/csca-issuer.pem", '-o', "$dir/csca.store");
my $common = qq(trust = [ "$dir/trust.d", "$dir/csca.store" ];\nrules = "minimal";\nidentity_key = "$dir/identity.key";\n);
hp_write("$dir/seals.conf", $common . qq(formats = [ "hc1", "vds-nc" ];\n));

sub seal {
    my $text = hp_ctl('issue', '--format', 'vds-nc', '--key', "$dir/seals/issuer.key", '--cert', "$dir/seals/issuer.pem",
        '--iss', 'AUS', @_);
    $text =~ s/\s+\z//;
    return $text;
}

my $nginx = HP::Server->new(
    access => 'main',
    http => <<'_EOC_',
    log_format main '$uri $status $healthpass_reason $healthpass_format $healthpass_kind $healthpass_issuer';
_EOC_
    server => <<"_EOC_",
        healthpass_verify on;
        healthpass_expose format kind issuer;
        large_client_header_buffers 4 16k;
        client_body_buffer_size 64k;
        location / { healthpass_policy $dir/seals.conf; proxy_pass http://venue; }
        location /hc1 { proxy_pass http://venue; }
_EOC_
)->start;

my @lines; # of the access log, looked at when nginx has ended
sub shows {
    my ($path, $text, $status, $line) = @_;
    is($nginx->get($path, headers => [ "X-Health-Pass: $text\n" ]), $status, "$path: $status");
    push @lines, [ qr{^\Q$path $status $line\E$}m, "$path: the variables" ];
}

my $good = seal('--preset', 'adult-full');
shows('/vaccination', $good, 200, 'ok vds-nc v AU');
shows('/test', seal('--preset', 'adult-test'), 200, 'ok vds-nc t AU');
shows('/positive', seal('--preset', 'test-positive'), 403, 'rule-failed vds-nc t AU');
shows('/forged', seal('--preset', 'adult-full', '--forge'), 403, 'signature vds-nc - -');
shows('/wrapped', "[$good]", 200, 'ok vds-nc v AU');
shows('/hc1/off', $good, 403, 'kind-off - - -');
is($nginx->get('/book', headers => [ hp_header('good') ]), 200, 'a pass of the other format beside them');
is($nginx->stop, 0, 'nginx ends well');
like($nginx->access_log, $_->[0], $_->[1]) for @lines;
unlike($nginx->error_log, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing');
unlike($nginx->error_log . $nginx->access_log, qr/ALEX|TEST[0-9A-F]{8}/, 'and told nobody whose pass it was');
done_testing();
