// Claims per minute of a claim drill, both styles, both servers, 8 workers. Prints; asserts nothing.
// Usage: drill_benchmark [seconds]
#include <QCoreApplication>
#include <cstdio>

#include "app/demo/private_postgres.h"
#include "app/demo/private_redis.h"
#include "backends/drill/claim_drill_run.h"

using namespace spillway;

namespace {

void measure(const QString& url, ClaimStyle style, std::chrono::seconds time) {
    auto settings = *connectionFromUrl(url);
    settings.environment = Environment::development;
    const ClaimDrillSettings drill{.style = style, .time = time};
    const auto arena = makeClaimArena(settings, drill);
    const auto result = ClaimDrillRun(*arena, drill).run();
    if (!result) qFatal("%s", qPrintable(result.failure().sentence()));
    std::printf("%-10s %-15s %9.0f claims/min  %s\n", qPrintable(serverKindName(settings.kind)),
                qPrintable(claimStyleName(style)), 60 * result->recorded.claims_per_s.valueOr(0),
                qPrintable(claimDrillSentence(*result)));
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    const std::chrono::seconds time{argc > 1 ? atoi(argv[1]) : 20};
    const auto postgres = PrivatePostgres::start();
    const auto redis = PrivateRedis::start();
    if (!postgres || !redis) qFatal("no server");
    for (const auto style : {ClaimStyle::check_then_act, ClaimStyle::atomic}) {
        measure((*postgres)->url(), style, time);
        measure((*redis)->url(), style, time);
    }
}
