# The same over HTTP/2, driven by curl.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use Test::More;

# Any key does for the connection.
my $dir = hp_dir();
my $nginx = HP::Server->new(
    listen => 'ssl http2',
    http => 'healthpass_zone uses 1m;',
    server => "ssl_certificate $dir/issuer/issuer.pem; ssl_certificate_key $dir/issuer/issuer.key;\n" . <<'_EOC_',
        client_body_buffer_size 64k;
        healthpass_verify on;
        location / { proxy_pass http://venue; }
        location /file { client_body_buffer_size 1k; proxy_pass http://venue; }
        location /cookie { healthpass_source cookie:hp; proxy_pass http://venue; }
        location /check { healthpass_check; }
        location /asked { healthpass_verify off; auth_request /ask; proxy_pass http://venue; }
        location = /ask { internal; healthpass_check; }
        location /once { healthpass_reuse limit=1 window=1h by=$http_x_account action=refuse; proxy_pass http://venue; }
        location /page { error_page 401 403 @no; proxy_set_header X-Verdict $healthpass_verdict; proxy_pass http://venue; }
        location @no { healthpass_verify off; proxy_set_header X-Verdict $healthpass_verdict; proxy_pass http://venue; }
_EOC_
)->start;

my ($version) = `curl --version` =~ /(HTTP2)/;
BAIL_OUT('this curl has no HTTP/2') unless $version;

my @curl = ('-sSk', '--http2', '--max-time', 10, '-w', '\n%{http_version} %{http_code}');
my $url = "https://127.0.0.1:$nginx->{port}";

# Runs curl with these arguments: the status, and what it printed.
sub curl {
    my ($path, @args) = @_;
    open my $out, '-|', 'curl', @curl, @args, "$url$path" or die $!;
    my $text = do { local $/; <$out> };
    close $out;
    return $text =~ s/\n2 (\d+)\z// ? ($1, $text) : (0, $text);
}

my $good = 'pass=' . hp_encoded('good');
my $long = hp_write("$dir/long", 'x=' . 'y' x 5000 . "&$good");
my @header = ('-H', 'X-Health-Pass: ' . hp_pass('good'));

is((curl('/'))[0], 401, 'nothing shown');
is((curl('/', @header))[0], 200, 'a header');
like((curl('/', @header))[1], qr/pass=\[\]/, 'which is stripped');
is((curl('/', @header, '-H', 'x-health-pass: x'))[0], 403, 'twice');
is((curl('/cookie', '-b', 'a=1; hp=' . hp_encoded('good') . '; b=2'))[0], 200, 'a cookie');
like((curl('/cookie', '-b', 'a=1; hp=' . hp_encoded('good') . '; b=2'))[1], qr/cookie=\[a=1; b=2\]/,
    'only that one is stripped');
for my $path (qw(/ /file)) {
    is((curl($path, '-d', $good))[0], 200, "$path: a form");
    is((curl($path, '-d', "\@$long"))[0], 200, '... a long one');
    is((curl($path, '-d', 'pass=x'))[0], 403, '... a bad one');
    is((curl($path, '-d', 'a=b'))[0], 401, '... without a pass');
    is((curl($path, '-X', 'POST', '-H', 'Content-Type: application/x-www-form-urlencoded',
        '-T', $long, '-H', 'Content-Length:'))[0], 200, '... of unknown length');
}
is((curl('/check', '-d', $good))[0], 204, 'healthpass_check reads a body');
is((curl('/check'))[0], 401, '... and refuses');
is((curl('/asked', @header))[0], 200, 'auth_request');
is((curl('/asked', '-d', $good))[0], 401, '... sees no body');
like((curl('/page', '-d', 'pass=x'))[1], qr/^venue: POST .*verdict=\[refused\]/, 'an error page');

my ($status, $text) = curl('/last', '-d', 'pass=x', "$url/1", '--next', @curl, '-d', $good, "$url/2",
    '--next', @curl, @header, '-d', 'a=b', "$url/3", '--next', @curl);
is(join(' ', $status, $text =~ /^2 (\d+)/mg), '401 403 200 200', 'one connection, one after the other');

my @account = map { [ @header, '-H', "X-Account: $_" ] } 'one', 'two';
is((curl('/once', @{ $account[0] }))[0], 200, 'healthpass_reuse: one');
($status, $text) = curl('/once', @{ $account[0] }, '--parallel', '--no-progress-meter', ("$url/once") x 20);
is(join(' ', $status, $text =~ /^2 (\d+)/mg), join(' ', (200) x 21), '... the same one twenty times more, at once');
is((curl('/once', @{ $account[1] }))[0], 403, '... and no other one');

is($nginx->stop, 0, 'nginx ends well');
unlike($nginx->error_log, qr/\[(alert|crit|emerg|error)\]/, 'and complained of nothing');
done_testing();
