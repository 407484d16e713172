// Passwords in the desktop's keychain (Secret Service, KWallet). Never stored in plain text: without a
// keychain a password lives as long as the program. Asynchronous; GUI thread.
#pragma once

#include <QObject>
#include <QString>
#include <functional>

namespace spillway {

// Calls back with the password, or with an empty one when there is none or no keychain answers.
void readPassword(const QString& connection, QObject* context, std::function<void(QString)> done);
// Calls back with the reason why it could not be kept, or with an empty text.
void keepPassword(const QString& connection, const QString& password, QObject* context,
                  std::function<void(QString)> done);

}  // namespace spillway
