// The hands on a running action: pause, go on, another rate, stop. Any thread; the runner looks at it at
// least once a second and before every batch.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace spillway {

class ActionControl {
public:
    virtual ~ActionControl() = default;

    void pause();
    void goOn();
    void setRate(double jobsPerSecond);
    void cancel();  // after the batch under way; sticky

    struct Wishes {
        bool paused = false;
        bool cancelled = false;
        std::optional<double> rate;  // given since it was last taken
    };
    [[nodiscard]] Wishes take();
    // Returns early when somebody wishes something. Tests move their clock here.
    virtual void wait(std::chrono::milliseconds time);

private:
    void change(bool Wishes::*wish, bool value);

    std::mutex m_mutex;
    std::condition_variable m_changed;
    Wishes m_wishes;
    bool m_news = false;
};

}  // namespace spillway
