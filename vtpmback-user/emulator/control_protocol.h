/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control channel's numbers (QEMU, backends/tpm/tpm_ioctl.h).  A request is
 * a 32-bit command and its fields, an answer a TPM_RESULT and its fields, all
 * big-endian, without padding but what is named here.
 */
#ifndef CONTROL_PROTOCOL_H
#define CONTROL_PROTOCOL_H

enum {
	CMD_GET_CAPABILITY = 0x01,
	CMD_INIT = 0x02,
	CMD_SHUTDOWN = 0x03,
	CMD_GET_TPMESTABLISHED = 0x04,
	CMD_SET_LOCALITY = 0x05,
	CMD_HASH_START = 0x06,
	CMD_HASH_DATA = 0x07,
	CMD_HASH_END = 0x08,
	CMD_CANCEL_TPM_CMD = 0x09,
	CMD_STORE_VOLATILE = 0x0a,
	CMD_RESET_TPMESTABLISHED = 0x0b,
	CMD_GET_STATEBLOB = 0x0c,
	CMD_SET_STATEBLOB = 0x0d,
	CMD_STOP = 0x0e,
	CMD_GET_CONFIG = 0x0f,
	CMD_SET_DATAFD = 0x10,
	CMD_SET_BUFFERSIZE = 0x11,
	CMD_GET_INFO = 0x12,
};

/* CMD_GET_CAPABILITY's answer: a bit for what a command needs. */
#define PTM_CAP_INIT		     (1u << 0)
#define PTM_CAP_SHUTDOWN	     (1u << 1)
#define PTM_CAP_GET_TPMESTABLISHED   (1u << 2)
#define PTM_CAP_SET_LOCALITY	     (1u << 3)
#define PTM_CAP_HASHING		     (1u << 4)
#define PTM_CAP_CANCEL_TPM_CMD	     (1u << 5)
#define PTM_CAP_STORE_VOLATILE	     (1u << 6)
#define PTM_CAP_RESET_TPMESTABLISHED (1u << 7)
#define PTM_CAP_GET_STATEBLOB	     (1u << 8)
#define PTM_CAP_SET_STATEBLOB	     (1u << 9)
#define PTM_CAP_STOP		     (1u << 10)
#define PTM_CAP_GET_CONFIG	     (1u << 11)
#define PTM_CAP_SET_DATAFD	     (1u << 12)
#define PTM_CAP_SET_BUFFERSIZE	     (1u << 13)
#define PTM_CAP_GET_INFO	     (1u << 14)

#define PTM_INIT_FLAG_DELETE_VOLATILE (1u << 0)

#define PTM_BLOB_TYPE_PERMANENT 1u
#define PTM_BLOB_TYPE_VOLATILE	2u
#define PTM_BLOB_TYPE_SAVESTATE 3u

#define PTM_STATE_FLAG_ENCRYPTED 2u

#define PTM_CONFIG_FLAG_FILE_KEY 0x1u

/* CMD_GET_INFO's flags: what to tell. */
#define SWTPM_INFO_TPMSPECIFICATION 1u

#endif
