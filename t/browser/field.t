#!/usr/bin/perl
# The pass field in a real browser, on a site that includes healthpass-web.conf as it is shipped.
# Here the site and its passes are made; what the visitor does is in field.mjs, which prints TAP.
use strict;
use warnings;
use lib 't/web/lib';
use Cwd 'abs_path';
use HP;

my $build = abs_path($ENV{BUILD} || 'build');
my $modules = abs_path('.deps/browser/node_modules') // '';
die "playwright-core is missing: run make deps-test\n" if !-d "$modules/playwright-core";

my $server = HP::Server->new(http => <<'_EOC_', server => <<"_EOC_");
    log_format report '$request_body';
_EOC_
    include $build/web/healthpass-web.conf;
    types { text/html html; text/css css; }
    charset utf-8;
    location / {
        add_header Content-Security-Policy "\$pass_field_csp; report-uri /report" always;
        error_page 405 =200 \$uri;
    }
    location = /report { access_log report.log; proxy_pass http://venue; }
    location = /book {
        healthpass_verify on;
        proxy_pass http://venue;
    }
_EOC_
my $dir = $server->{dir};

# Passes as people have them: text for the form, picture of the code.
sub pass {
    my ($name, @options) = @_;
    my $text = HP::hp_ctl('issue', '--key', HP::hp_dir() . '/issuer/issuer.key', '--cert',
        HP::hp_dir() . '/issuer/issuer.pem', '--png', "$dir/$name.png", @options);
    HP::hp_write("$dir/$name.txt", $text =~ s/\n\z//r);
}
pass('good', '--preset', 'adult-full');
pass('child', '--preset', 'child');
pass('long', '--preset', 'adult-full', '--pad', 1093);
pass('expired', '--preset', 'adult-full', '--exp', '2021-09-01T00:00:00Z');

# A Data Matrix has what 2D-DOC separates its fields by; here only the reading matters.
HP::hp_write("$dir/matrix.txt", "DC04XX00TST11E3C1E3CB201XXF0EXAMPLE/ANNA\x{1d}F1ANNA\x{1d}\x{1f}" . 'ABCDEFGH' x 12);

my %tags = (head => HP::Server::slurp("$build/web/healthpass.html"));
sub page {
    my ($name, $lang, $body) = @_;
    HP::hp_write("$dir/html/$name.html", <<"_EOC_");
<!DOCTYPE html>
<html lang="$lang"><head><meta charset="utf-8"><title>Booking</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="site.css">
$tags{head}</head><body><main><h1>Booking</h1>
<form method="post" action="/book">$body<p><button id="send">Book</button></p></form>
</main></body></html>
_EOC_
}
my $field = '<label for="pass">Health pass</label><input id="pass" name="pass" required data-healthpass';
page('plain', 'en', "$field>");
page('check', 'en', qq{$field data-healthpass-check="/healthpass/check" data-healthpass-help="Call 01 23 45.">});
page($_, $_, "$field>") for qw(fr de es it);
page('other', 'pt', "$field>");
page('party', 'en', join '', map {
    qq{<label for="p$_">Pass $_</label><input id="p$_" name="pass" data-healthpass data-healthpass-list="party">}
} 1 .. 3);
HP::hp_write("$dir/html/site.css", <<'_EOC_');
:root { background: light-dark(#fff, #15181c); color: light-dark(#1a1a1a, #eee); color-scheme: light dark; }
body { font: 1rem/1.5 "Liberation Sans", sans-serif; margin: 0 auto; max-width: 40rem; padding: 1rem; }
_EOC_
chmod 0644, glob "$dir/html/*";

$server->start;
system('node', 't/browser/field.mjs', $server->{port}, $dir, $modules, "$build/web",
    abs_path('.deps/web/node_modules'));
my $status = $? >> 8;
$server->stop;
exit $status;
