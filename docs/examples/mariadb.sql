-- A database and its user. Choose a password of your own.
CREATE DATABASE imagemaster CHARACTER SET utf8mb4;
CREATE USER imagemaster@localhost IDENTIFIED BY 'choose-a-password';
GRANT ALL ON imagemaster.* TO imagemaster@localhost;
