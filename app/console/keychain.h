// Passwords in the desktop's keychain (Secret Service, KWallet). Never stored in plain text: without a
// keychain a password lives as long as the program. Asynchronous; GUI thread.
#pragma once

#include <QObject>
#include <QString>
#include <functional>

namespace spillway {

class Keychain {
public:
    virtual ~Keychain() = default;
    // Calls back with the password, or with an empty one when there is none or no keychain answers.
    virtual void read(const QString& connection, QObject* context, std::function<void(QString)> done) = 0;
    // Calls back with the reason why it could not be kept, or with an empty text.
    virtual void keep(const QString& connection, const QString& password, QObject* context,
                      std::function<void(QString)> done) = 0;
    virtual void forget(const QString& connection) = 0;
};

class DesktopKeychain : public Keychain {
public:
    void read(const QString& connection, QObject* context, std::function<void(QString)> done) override;
    void keep(const QString& connection, const QString& password, QObject* context,
              std::function<void(QString)> done) override;
    void forget(const QString& connection) override;
};

// What is kept under the old name is kept under the new one, and only then forgotten under the old one.
// `context` and `keychain` must outlive the answer.
void renamePassword(Keychain& keychain, const QString& old, const QString& fresh, QObject* context);

}  // namespace spillway
