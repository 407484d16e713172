// How the queue systems of one kind are found in a Redis database. Internal to this folder.
#pragma once

#include <QSet>

#include "backends/redis/shared/system.h"

namespace spillway {

// What is looked for and what was found so far; shared by the finders of one connection, which add to it.
struct RedisFinding {
    RedisSystems systems;
    QByteArray prefix;  // only systems under this key prefix; empty: all

    [[nodiscard]] bool wants(const QByteArray& under) const { return prefix.isEmpty() || prefix == under; }
    template <typename System, typename... Arguments>
    System* add(Arguments&&... arguments) {
        auto system = std::make_unique<System>(std::forward<Arguments>(arguments)...);
        System* added = system.get();
        systems.push_back(std::move(system));
        return added;
    }
};

// Lives as long as what it found: systems that are there once stay, also while they are empty.
class RedisFinder {
public:
    explicit RedisFinder(RedisFinding& finding) : m_finding(finding) {}
    virtual ~RedisFinder() = default;

    // What can be asked without looking through the keys. Handlers may append further questions.
    virtual void askPlain(RedisPipeline&) {}
    // Keys that the scan has met, known ones among them.
    virtual void askAbout(RedisPipeline& pipeline, const QSet<QByteArray>& keys) = 0;
    // Why it cannot be looked for; empty: it can.
    [[nodiscard]] const QString& gap() const { return m_gap; }

protected:
    RedisFinding& m_finding;
    QString m_gap;
};

}  // namespace spillway
