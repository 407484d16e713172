#include "backends/trial/connection_trial.h"

#include <unistd.h>

#include <QElapsedTimer>
#include <QFile>
#include <QHostAddress>
#include <cerrno>
#include <cstring>

#include "backends/domain/human_text.h"
#include "backends/network/tcp_dial.h"
#include "backends/trial/transport_trust.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kDoneInPart = 5;  // of the contract

StageResult stageOk(TrialStage stage, const QString& what, const QString& next = {}) {
    return {stage, StageEnd::ok, what, {}, next, 0};
}
StageResult stageSkipped(TrialStage stage, const QString& what, const QString& next = {}) {
    return {stage, StageEnd::skipped, what, {}, next, 0};
}
StageResult stageFailed(TrialStage stage, const Failure& failure) {
    return {stage, StageEnd::failed, failure.what, failure.serverSaid, failure.nextStep, 0};
}

Failure unreached(int error, const QString& at, bool socket) {
    const QString said = QString::fromLocal8Bit(std::strerror(error));
    if (error == ETIMEDOUT)
        return {FailureKind::timeout,
                u"%1 did not accept the connection in time."_s.arg(at),
                {},
                u"Check the network and the firewalls between here and the server."_s};
    if (error == ECANCELED) return {FailureKind::cancelled, u"The trial was stopped."_s, {}, {}};
    if (socket)
        return {FailureKind::unreachable, u"The socket %1 cannot be opened."_s.arg(at), said,
                u"Check its path and permissions, and that the server runs."_s};
    if (error == ECONNREFUSED)
        return {FailureKind::unreachable, u"Nothing accepts connections at %1."_s.arg(at), said,
                u"Check host and port, and that the server runs and listens on that address."_s};
    return {FailureKind::unreachable, u"%1 cannot be reached."_s.arg(at), said,
            u"Check the network, the address and the server."_s};
}

// The part of a gap that names the right: "GRANT …", "ACL SETUSER …".
bool lacksOnlyARight(const Capability& capability) {
    return !capability.observable &&
           (capability.why.contains("GRANT "_L1) || capability.why.contains("ACL SETUSER"_L1) ||
            capability.why.contains("Row-level security"_L1));
}

}  // namespace

struct TrialRun::State {
    State(const ConnectionSettings& connection, const std::atomic<bool>& stop,
          const std::function<void(const StageResult&)>& listener)
        : settings(connection), interrupted(stop), told(listener), trust(transportTrust(connection)),
          deadline(connection.connectDeadline) {
        clock.start();
    }

    void end(StageResult result) {
        result.ms = static_cast<double>(clock.nsecsElapsed()) / 1e6;
        clock.restart();
        trial.stages.push_back(result);
        if (told) told(result);
    }
    // The stage fails, and with it all that would follow.
    void fail(TrialStage stage, const Failure& failure) {
        trial.exit_code = exitCodeFor(failure.kind);
        trial.failure = failure;
        end(stageFailed(stage, failure));
        while (trial.stages.size() < 6)
            end(stageSkipped(static_cast<TrialStage>(trial.stages.size()), u"Not come to."_s));
    }
    [[nodiscard]] bool over() const { return trial.stages.size() == 6; }

    void lookUpNames();
    void reach();
    void judgeTls(const Outcome<ServerInfo>& login);
    void logIn(const Outcome<ServerInfo>& login);
    void judgeRights(const Outcome<std::vector<DetectedSystem>>& detected);
    [[nodiscard]] QString shownPlace(const ServerPlace& place) const;

    const ConnectionSettings& settings;
    const std::atomic<bool>& interrupted;
    const std::function<void(const StageResult&)>& told;
    TransportTrust trust;
    QDeadlineTimer deadline;
    QElapsedTimer clock;
    std::vector<std::pair<QString, std::vector<NetworkEndpoint>>> found;  // places and where they are
    ConnectionTrial trial;
};

QString TrialRun::State::shownPlace(const ServerPlace& place) const {
    if (!place.socket.isEmpty()) return visibleText(place.socket, 200);
    const QString host = visibleText(place.host, 200);
    return (host.contains(u':') ? u"[%1]:%2"_s : u"%1:%2"_s).arg(host).arg(place.port);
}

// One name of several that is not known hinders nobody.
void TrialRun::State::lookUpNames() {
    QStringList said;
    std::optional<Failure> failure;
    for (const ServerPlace& place : trust.places) {
        if (!place.socket.isEmpty()) {
            if (const auto endpoint = socketEndpoint(QFile::encodeName(place.socket)))
                found.push_back({shownPlace(place), {*endpoint}});
            continue;
        }
        auto known = lookUpHost(place.host, place.port, deadline, interrupted);
        if (!known) {
            failure = known.failure();
            continue;
        }
        QStringList addresses;
        for (const auto& endpoint : *known) addresses << endpoint.text();
        if (QHostAddress(place.host).isNull())
            said << u"%1 is %2"_s.arg(visibleText(place.host, 200), addresses.join(u", "_s));
        found.push_back({shownPlace(place), std::move(known).value()});
    }
    if (found.empty() && failure) return fail(TrialStage::name, *failure);
    if (!said.isEmpty()) return end(stageOk(TrialStage::name, said.join(u"; "_s) + u'.'));
    end(stageSkipped(TrialStage::name, found.empty() ? u"No host is named: libpq takes its own default."_s
                                       : trust.places.front().socket.isEmpty()
                                           ? u"An address needs no lookup."_s
                                           : u"A socket of this machine has no name."_s));
}

void TrialRun::State::reach() {
    if (found.empty()) return end(stageSkipped(TrialStage::tcp, u"Left to libpq: the login below tells."_s));
    QStringList reached;
    std::optional<Failure> failure;
    for (const auto& [place, endpoints] : found) {
        const bool socket = endpoints.front().text().isEmpty();
        const Dialed dialed = dialFirst(endpoints, deadline, interrupted);
        if (dialed.descriptor >= 0) {
            ::close(dialed.descriptor);
            reached << place;
        } else {
            failure = unreached(dialed.error, place, socket);
        }
    }
    if (reached.isEmpty()) return fail(TrialStage::tcp, *failure);
    end(stageOk(TrialStage::tcp, reached.join(u" and "_s) + u" accepts connections."_s,
                failure ? failure->what : QString()));
}

// The handshake is a part of the login, to libpq and to us: what came of the login tells it.
void TrialRun::State::judgeTls(const Outcome<ServerInfo>& login) {
    const auto stage = TrialStage::tls;
    if (!login && login.failure().kind == FailureKind::tls) return fail(stage, login.failure());
    const bool encrypted = login ? login->encrypted : trust.asked;
    if (encrypted && trust.verified)
        return end(stageOk(stage, u"Encrypted, and the certificate is this host's (%1)."_s.arg(trust.mode)));
    if (encrypted)
        return end(stageOk(stage,
                           u"Encrypted, but nobody checked whose certificate it is (%1)."_s.arg(trust.mode),
                           trust.badge.isEmpty() ? QString() : trust.why));
    if (!login && settings.kind == ServerKind::postgres)
        return end(stageSkipped(stage, u"Left to the server (%1)."_s.arg(trust.mode), trust.why));
    end(trust.badge.isEmpty()
            ? stageSkipped(stage, u"Not used, and not needed: nothing leaves this machine."_s)
            : stageSkipped(stage, u"Not used: others on the way can read all of it."_s, trust.why));
}

void TrialRun::State::logIn(const Outcome<ServerInfo>& login) {
    if (!login) return fail(TrialStage::login, login.failure());
    trial.server = *login;
    end(stageOk(TrialStage::login,
                u"%1 %2 let in %3%4."_s.arg(
                    login->product, login->version, visibleText(login->user, 80),
                    login->role == ServerRole::replica ? u"; it is a replica"_s : QString())));
}

void TrialRun::State::judgeRights(const Outcome<std::vector<DetectedSystem>>& detected) {
    if (!detected) {
        const bool denied = detected.failure().kind == FailureKind::permission;
        if (!denied) end(stageSkipped(TrialStage::rights, u"Nothing was found that could be read."_s));
        return fail(denied ? TrialStage::rights : TrialStage::systems, detected.failure());
    }
    trial.systems = *detected;
    QString first;
    int missing = 0;
    QStringList names;
    for (const auto& system : *detected) {
        names << system.identity.label();
        for (const auto& capability : system.capabilities.list())
            if (capability.signal != "replay"_L1 && capability.signal != "release"_L1 &&
                lacksOnlyARight(capability) && ++missing == 1)
                first = capability.why;
    }
    if (names.isEmpty()) {
        end(stageSkipped(TrialStage::rights, u"Nothing was found that could be read."_s));
        return fail(
            TrialStage::systems,
            {FailureKind::no_system,
             u"No queue system that Spillway knows is here."_s,
             {},
             u"Check the database, schema or key prefix; a table of your own needs a mapping file."_s});
    }
    if (missing > 0) {
        trial.exit_code = kDoneInPart;
        end({TrialStage::rights,
             StageEnd::failed,
             u"%1 of the signals cannot be read for want of a right."_s.arg(missing),
             {},
             first + u" \"spillwayctl rights\" prints all that is needed."_s,
             0});
    } else {
        end(stageOk(TrialStage::rights, u"All that was found can be read."_s));
    }
    end(stageOk(TrialStage::systems, names.join(u", "_s) + u'.'));
}

TrialRun::TrialRun(ConnectionSettings settings, std::unique_ptr<QueueBackend> backend)
    : m_settings(std::move(settings)), m_backend(std::move(backend)) {}

void TrialRun::interrupt() noexcept {
    m_interrupted = true;
    m_backend->interrupt();
}

ConnectionTrial TrialRun::run(const std::function<void(const StageResult&)>& told) {
    State state(m_settings, m_interrupted, told);
    state.lookUpNames();
    if (!state.over()) state.reach();
    if (state.over()) return state.trial;
    const auto login = m_backend->open();
    state.judgeTls(login);
    if (!state.over()) state.logIn(login);
    if (!state.over()) state.judgeRights(m_backend->detect());
    return state.trial;
}

}  // namespace spillway
