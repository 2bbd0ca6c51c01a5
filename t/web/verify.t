# off, on, optional; what is refused; what is inherited.
use lib 't/web/lib';
use HP;
use Test::Nginx::Socket 'no_plan';

repeat_each(2);
hp_blocks();
run_tests();

__DATA__

=== TEST 1: off is the default, and lets through
--- config
    location / { proxy_pass http://venue; proxy_set_header X-Verdict $healthpass_verdict; }
    location /off { healthpass_verify off; proxy_pass http://venue; }
--- request eval
["GET /book", "GET /off"]
--- response_body_like eval
[qr/^venue: GET \/book .* verdict=\[\]/, qr/^venue/]
--- error_code eval
[200, 200]



=== TEST 2: on: no pass, a good one, a forged one, again no pass
--- config
    location / {
        healthpass_verify on;
        proxy_pass http://venue;
        proxy_set_header X-Verdict "$healthpass_verdict $healthpass_reason $healthpass_stage";
    }
--- pipelined_requests eval
["GET /book", "GET /book", "GET /book", "GET /book"]
--- more_headers eval
["", HP::hp_header('good'), HP::hp_header('forged'), ""]
--- response_body_like eval
[qr/401 Authorization Required/, qr/^venue.*verdict=\[accepted ok none\]/, qr/403 Forbidden/, qr/401/]
--- error_code eval
[401, 200, 403, 401]



=== TEST 3: optional: none is let through as such, a bad one is refused
--- config
    location / {
        healthpass_verify optional;
        proxy_pass http://venue;
        proxy_set_header X-Verdict "$healthpass_verdict $healthpass_reason $healthpass_stage";
    }
--- pipelined_requests eval
["GET /book", "GET /book", "GET /book"]
--- more_headers eval
["", HP::hp_header('good'), HP::hp_header('forged')]
--- response_body_like eval
[qr/^venue.*verdict=\[none no-pass format\]/, qr/^venue.*verdict=\[accepted ok none\]/, qr/403 Forbidden/]
--- error_code eval
[200, 200, 403]



=== TEST 4: optional without a pass is no entry under satisfy any
--- config
    location / {
        satisfy any;
        deny all;
        healthpass_verify optional;
        proxy_pass http://venue;
    }
--- request
GET /book
--- error_code: 403



=== TEST 5: inherited from the server, switched off in a location
--- config
    healthpass_verify on;
    location / { proxy_pass http://venue; }
    location /open { healthpass_verify off; proxy_pass http://venue; }
    location /nest { location /nest/open { healthpass_verify off; proxy_pass http://venue; } proxy_pass http://venue; }
--- pipelined_requests eval
["GET /", "GET /open", "GET /nest/", "GET /nest/open"]
--- error_code eval
[401, 200, 401, 200]



=== TEST 6: HEAD is judged as GET is
--- config
    location / { healthpass_verify on; proxy_pass http://venue; }
--- request eval
["HEAD /book", "HEAD /book"]
--- more_headers eval
["", HP::hp_header('good')]
--- error_code eval
[401, 200]



=== TEST 7: another policy for another location, loaded side by side
--- config
    location / { healthpass_verify on; proxy_pass http://venue; }
    location /strange {
        healthpass_verify on;
        healthpass_policy $TEST_NGINX_HP/strangers.conf;
        proxy_pass http://venue;
    }
--- pipelined_requests eval
["GET /", "GET /strange", "GET /", "GET /strange"]
--- more_headers eval
[HP::hp_header('good'), HP::hp_header('good'), HP::hp_header('stranger'), HP::hp_header('stranger')]
--- error_code eval
[200, 403, 403, 200]



=== TEST 8: limit_except: only what changes something needs a pass
--- config
    location / {
        limit_except GET { healthpass_verify on; }
        proxy_pass http://venue;
    }
--- pipelined_requests eval
["GET /book", "POST /book", "POST /book", "OPTIONS /book"]
--- more_headers eval
["", "", HP::hp_header('good'), ""]
--- error_code eval
[200, 401, 200, 401]



=== TEST 9: limit_except: a CORS preflight goes without
--- config
    location / {
        healthpass_verify on;
        limit_except OPTIONS { healthpass_verify on; }
        error_page 401 403 /refused;
        proxy_pass http://venue;
    }
    location /pre {
        healthpass_verify off;
        limit_except OPTIONS { healthpass_verify on; }
        proxy_pass http://venue;
    }
    location = /refused { internal; return 403 "refused\n"; }
--- pipelined_requests eval
["OPTIONS /pre", "DELETE /pre", "PUT /pre"]
--- more_headers eval
["", "", HP::hp_header('good')]
--- error_code eval
[200, 401, 200]



=== TEST 10: nobody trusted: a fault, not a refusal
--- config
    location / {
        healthpass_verify on;
        healthpass_policy $TEST_NGINX_HP/nobody.conf;
        proxy_pass http://venue;
    }
--- request
GET /book
--- more_headers eval
HP::hp_header('good')
--- error_code: 503
--- response_headers
Retry-After: 60
Cache-Control: no-store
--- error_log
healthpass: fault, reason=trust-missing, stage=fault
--- no_error_log
[alert]
