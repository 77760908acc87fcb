"""The challenge of Python 3.12's multiprocessing.connection, written from its description.

Takes nothing but SHA-256, where Python takes HMAC-MD5 from old peers too.
"""
import hmac
import os
from multiprocessing import AuthenticationError

CHALLENGE, WELCOME, FAILURE = b'#CHALLENGE#', b'#WELCOME#', b'#FAILURE#'
PREFIX = b'{sha256}'
MOST = 256
# a shorter message is no challenge; 20 bytes are one of Python before 3.12
SHORTEST = 21


def proof(key, message):
    return PREFIX + hmac.new(key, message, 'sha256').digest()


def deliver(peer, key):
    message = PREFIX + os.urandom(40)
    peer.send_bytes(CHALLENGE + message)
    if hmac.compare_digest(peer.recv_bytes(MOST), proof(key, message)):
        peer.send_bytes(WELCOME)
        return
    peer.send_bytes(FAILURE)
    raise AuthenticationError('the daemon did not prove the key by SHA-256')


def answer(peer, key):
    challenge = peer.recv_bytes(MOST)
    message = challenge[len(CHALLENGE):]
    if not challenge.startswith(CHALLENGE) or len(message) < SHORTEST:
        raise AuthenticationError('no challenge of Python 3.12')
    if not message.startswith(PREFIX):
        raise AuthenticationError('a challenge for another digest')
    peer.send_bytes(proof(key, message))
    if peer.recv_bytes(MOST) != WELCOME:
        raise AuthenticationError('the daemon did not take SHA-256')
