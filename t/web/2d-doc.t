# 2D-DOC seals at the gate: their separators are control characters, which a form, JSON and (for nginx,
# if not for all that may stand before it) a header can carry; the link of the QR code has none.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use Test::More;

my $dir = hp_dir();
hp_ctl('keygen', '-o', "$dir/seals", '--2d-doc', 'FRX2TE01');
mkdir "$dir/seals/trust" or die;
rename "$dir/seals/FRX2TE01.pub.der", "$dir/seals/trust/FRX2TE01.pub.der" or die;
hp_ctl('trust', 'import', '--from', '2d-doc', '--unsigned', '2d-doc', "$dir/seals/trust", '-o', "$dir/seals.store");
hp_write("$dir/seals.conf", qq(trust = [ "$dir/trust.d", "$dir/seals.store" ];\nrules = "minimal";\n)
    . qq(identity_key = "$dir/identity.key";\nformats = [ "hc1", "2d-doc" ];\n));

sub seal {
    my $text = hp_ctl('issue', '--format', '2d-doc', '--key', "$dir/seals/issuer.key", '--kid', 'FRX2TE01', @_);
    $text =~ s/\n\z//;
    return $text;
}

my $gate = "healthpass_policy $dir/seals.conf; proxy_pass http://venue;";
my $nginx = HP::Server->new(
    access => 'main',
    http => <<'_EOC_',
    log_format main '$uri $status $healthpass_reason $healthpass_format $healthpass_kind $healthpass_kid';
    map $uri $hp_unused { default 1; }
_EOC_
    server => <<"_EOC_",
        healthpass_verify on;
        healthpass_expose format kind kid;
        large_client_header_buffers 4 16k;
        client_body_buffer_size 64k;
        location / { $gate }
        location /json { healthpass_source json:/pass; $gate }
        location /holder { healthpass_holder name=form:name; $gate }
        location /hc1 { proxy_pass http://venue; }
_EOC_
)->start;

sub encoded { return $_[0] =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ger }
sub escaped { return $_[0] =~ s/([\x00-\x1f])/sprintf '\\u%04x', ord $1/ger }

my @lines;
sub shows {
    my ($path, $status, $line, %request) = @_;
    is($nginx->get($path, %request), $status, "$path: $status");
    push @lines, "$path $status $line";
}

my $good = seal('--preset', 'adult-full');
shows('/link', 200, 'ok 2d-doc v FRX2TE01', headers => [ 'X-Health-Pass: ' . seal('--preset', 'adult-full', '--link') . "\n" ]);
shows('/form', 200, 'ok 2d-doc v FRX2TE01', body => 'pass=' . encoded($good));
shows('/json', 200, 'ok 2d-doc v FRX2TE01', body => '{"pass":"' . escaped($good) . '"}', type => 'application/json');
shows('/test', 200, 'ok 2d-doc t FRX2TE01', body => 'pass=' . encoded(seal('--preset', 'adult-test')));
shows('/positive', 403, 'rule-failed 2d-doc t FRX2TE01', body => 'pass=' . encoded(seal('--preset', 'test-positive')));
shows('/forged', 403, 'signature 2d-doc - FRX2TE01', body => 'pass=' . encoded(seal('--preset', 'adult-full', '--forge')));
shows('/typed', 403, 'keyboard-layout 2d-doc - -', body => 'pass=' . encoded($good =~ s/[\x00-\x1f]//gr));
shows('/hc1', 403, 'kind-off - - -', body => 'pass=' . encoded($good));
shows('/holder/hers', 200, 'ok 2d-doc v FRX2TE01', body => 'name=Alex+Test&pass=' . encoded($good));
shows('/holder/his', 403, 'holder 2d-doc v FRX2TE01', body => 'name=Robin+Test&pass=' . encoded($good));
shows('/raw', 200, 'ok 2d-doc v FRX2TE01', headers => [ "X-Health-Pass: $good\n" ]);
is($nginx->get('/book', headers => [ hp_header('good') ]), 200, 'a pass of the other format beside them');
is($nginx->stop, 0, 'nginx ends well');
like($nginx->access_log, qr{^\Q$_\E$}m, $_) for @lines;
unlike($nginx->error_log, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing');
unlike($nginx->error_log . $nginx->access_log, qr/ALEX|ROBIN|COMIRNATY/, 'nor told whose seals they were');
done_testing();
