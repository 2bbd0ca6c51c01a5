# The ways in which a location stays open although healthpass_verify is on.  These tests
# show what nginx does, so that nobody is surprised; each has a line in the README.
use lib 't/web/lib';
use HP;
use Test::Nginx::Socket 'no_plan';

hp_blocks();
run_tests();

__DATA__

=== TEST 1: return answers before the access phase
--- config
    location / { healthpass_verify on; return 200 "open\n"; }
    location /rewrite { healthpass_verify on; if ($request_method = GET) { return 200 "open\n"; } proxy_pass http://venue; }
--- request eval
["GET /", "GET /rewrite"]
--- response_body eval
["open\n", "open\n"]



=== TEST 2: a subrequest skips it: auth_request to a location with healthpass_verify lets everybody in
--- config
    location / { auth_request /check; proxy_pass http://venue; }
    location = /check { internal; healthpass_verify on; proxy_pass http://venue; }
--- request
GET /
--- error_code: 200
--- error_log eval
qr/\[warn\] .* healthpass: nobody's pass is judged for the subrequest "\/check": healthpass_verify has no effect there, healthpass_check has/



=== TEST 3: with healthpass_check in its place it is closed, and nothing is said
--- config
    location / { auth_request /check; proxy_pass http://venue; }
    location = /check { internal; healthpass_verify on; healthpass_check; }
--- request
GET /
--- error_code: 401
--- no_error_log
healthpass_check has



=== TEST 4: a subrequest of a request that was judged is no hole
--- config
    location / { healthpass_verify on; ssi on; root html; }
    location = /part { healthpass_verify on; proxy_pass http://venue; }
--- user_files
>>> page.html
<!--# include virtual="/part" -->the page
--- request
GET /page.html
--- more_headers eval
HP::hp_header('good')
--- response_body_like: venue: GET /part .*\nthe page
--- no_error_log
healthpass_check has



=== TEST 5: satisfy any with a lax neighbour
--- config
    location / { satisfy any; allow all; healthpass_verify on; proxy_pass http://venue; }
--- request
GET /
--- response_body_like: ^venue
