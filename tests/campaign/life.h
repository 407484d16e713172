// The life of one queue in a campaign, drawn at random: how jobs come, how they are worked, what goes wrong.
#pragma once

#include <QJsonObject>
#include <QString>
#include <random>
#include <vector>

namespace spillway::test {

enum class LifeKind {
    steady,     // more workers than needed
    bursts,     // hundreds at once
    trickle,    // one every few seconds
    breaks,     // producers that come and go
    failing,    // some fail and are tried again at once
    dying,      // some fail for good
    late,       // some are tried again in an hour
    delayed,    // some are due in an hour
    steps,      // each job puts itself off once
    forgotten,  // finished jobs are not kept
    paused,     // by a person
    growing,    // twice as many come as go
    abandoned,  // the workers leave
};

struct Life {
    LifeKind kind = LifeKind::steady;
    QString queue;  // "steady-3"
    double per_s = 5;
    int burst = 0;
    double pause_every_s = 0;
    int concurrency = 3;
    int handler_ms = 20;
    int attempts = 1;
    int backoff_ms = 0;
    double fail_share = 0;
    int delayed = 0;
    double leaves_after_s = 0;
    double paused_after_s = 0;

    [[nodiscard]] QJsonObject json() const;
};

// One of each of the kinds, in the order of the enum. Some systems have no steps and no pause.
[[nodiscard]] std::vector<Life> randomLives(std::mt19937& random, bool stepsAndPauses);

}  // namespace spillway::test
