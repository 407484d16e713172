#include "backends/acting/action_control.h"

namespace spillway {

void ActionControl::change(bool Wishes::*wish, bool value) {
    const std::lock_guard lock(m_mutex);
    m_wishes.*wish = value;
    m_news = true;
    m_changed.notify_all();
}

void ActionControl::pause() {
    change(&Wishes::paused, true);
}

void ActionControl::goOn() {
    change(&Wishes::paused, false);
}

void ActionControl::cancel() {
    change(&Wishes::cancelled, true);
}

void ActionControl::setRate(double jobsPerSecond) {
    const std::lock_guard lock(m_mutex);
    m_wishes.rate = jobsPerSecond;
    m_news = true;
    m_changed.notify_all();
}

ActionControl::Wishes ActionControl::take() {
    const std::lock_guard lock(m_mutex);
    m_news = false;
    Wishes wishes = m_wishes;
    m_wishes.rate.reset();
    return wishes;
}

void ActionControl::wait(std::chrono::milliseconds time) {
    std::unique_lock lock(m_mutex);
    m_changed.wait_for(lock, time, [this] { return m_news; });
}

}  // namespace spillway
