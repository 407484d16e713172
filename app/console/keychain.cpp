#include "app/console/keychain.h"

#include <qt6keychain/keychain.h>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {
constexpr auto kService = "spillway";
}

void readPassword(const QString& connection, QObject* context, std::function<void(QString)> done) {
    auto* job = new QKeychain::ReadPasswordJob(QLatin1StringView(kService));
    job->setKey(connection);
    job->setInsecureFallback(false);
    QObject::connect(job, &QKeychain::Job::finished, context, [job, done = std::move(done)] {
        done(job->error() == QKeychain::NoError ? job->textData() : QString());
    });
    job->start();
}

void keepPassword(const QString& connection, const QString& password, QObject* context,
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

}  // namespace spillway
