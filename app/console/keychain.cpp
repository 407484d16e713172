#include "app/console/keychain.h"

#include <qt6keychain/keychain.h>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {
constexpr auto kService = "spillway";
}

void DesktopKeychain::read(const QString& connection, QObject* context, std::function<void(QString)> done) {
    auto* job = new QKeychain::ReadPasswordJob(QLatin1StringView(kService));
    job->setKey(connection);
    job->setInsecureFallback(false);
    QObject::connect(job, &QKeychain::Job::finished, context, [job, done = std::move(done)] {
        done(job->error() == QKeychain::NoError ? job->textData() : QString());
    });
    job->start();
}

void DesktopKeychain::keep(const QString& connection, const QString& password, QObject* context,
                           std::function<void(QString)> done) {
    auto* job = new QKeychain::WritePasswordJob(QLatin1StringView(kService));
    job->setKey(connection);
    job->setTextData(password);
    job->setInsecureFallback(false);
    QObject::connect(job, &QKeychain::Job::finished, context, [job, done = std::move(done)] {
        done(job->error() == QKeychain::NoError ? QString() : job->errorString());
    });
    job->start();
}

void DesktopKeychain::forget(const QString& connection) {
    auto* job = new QKeychain::DeletePasswordJob(QLatin1StringView(kService));
    job->setKey(connection);
    job->setInsecureFallback(false);
    job->start();  // deletes itself
}

void renamePassword(Keychain& keychain, const QString& old, const QString& fresh, QObject* context) {
    keychain.read(old, context, [&keychain, old, fresh, context](const QString& password) {
        if (password.isEmpty()) return;
        keychain.keep(fresh, password, context, [&keychain, old](const QString& problem) {
            if (problem.isEmpty()) keychain.forget(old);
        });
    });
}

}  // namespace spillway
