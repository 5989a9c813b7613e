// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * native_code.c - see native_code.h. A breakpoint in the middle of an instruction would break the program,
 * so instructions are told apart by a disassembler, and a function that it cannot follow to its end gets
 * none.
 */
#include "capture/native_code.h"

#include <capstone/capstone.h>
#include <errno.h>
#include <string.h>

#define PROLOGUE_MAX 6 /* instructions among which Go checks the stack */

/* Go keeps the current goroutine in r14: a comparison with what is there is that with the stack's limit. */
static bool compares_with_goroutine(const cs_insn *instruction)
{
	const cs_x86 *x86 = &instruction->detail->x86;

	for (uint8_t i = 0; instruction->id == X86_INS_CMP && i < x86->op_count; i++)
		if (x86->operands[i].type == X86_OP_MEM && x86->operands[i].mem.base == X86_REG_R14)
			return true;
	return false;
}

static bool is_jump(const cs_insn *instruction)
{
	const cs_detail *detail = instruction->detail;

	for (uint8_t i = 0; i < detail->groups_count; i++)
		if (detail->groups[i] == X86_GRP_JUMP)
			return true;
	return false;
}

struct reading {
	struct native_code *code;
	const struct native_part *parts;
	size_t part_count;
	size_t number; /* of the instruction */
	bool is_go;
	bool is_checking_stack;
};

/* Jumps by a table or a register go who knows where. */
static bool is_jump_inside(const struct reading *reading, const cs_insn *instruction)
{
	const cs_x86_op *operand = &instruction->detail->x86.operands[0];

	for (size_t i = 0; operand->type == X86_OP_IMM && i < reading->part_count; i++)
		if ((uint64_t)operand->imm - reading->parts[i].address < reading->parts[i].count)
			return true;
	return false;
}

static int note_instruction(struct reading *reading, const cs_insn *instruction)
{
	struct native_code *code = reading->code;

	if (instruction->id == X86_INS_RET) {
		if (code->return_count == NATIVE_RETURNS_MAX)
			return -E2BIG;
		code->returns[code->return_count++] = instruction->address;
	} else if (is_jump(instruction)) {
		code->has_other_exits |= !is_jump_inside(reading, instruction);
		if (reading->is_checking_stack && instruction->id != X86_INS_JMP)
			code->entry = instruction->address + instruction->size;
	}
	reading->is_checking_stack = reading->is_go && reading->number < PROLOGUE_MAX &&
				     compares_with_goroutine(instruction);
	reading->number++;
	return 0;
}

static int read_part(struct reading *reading, csh handle, cs_insn *instruction,
		     const struct native_part *part)
{
	const uint8_t *bytes = part->bytes;
	uint64_t address = part->address;
	size_t count = part->count;
	int error = 0;

	while (!error && cs_disasm_iter(handle, &bytes, &count, &address, instruction))
		error = note_instruction(reading, instruction);
	return error || !count ? error : -EILSEQ;
}

int native_code_read(struct native_code *ret_code, const struct native_part *parts, size_t count,
		     bool is_go)
{
	struct reading reading = {
		.code = ret_code, .parts = parts, .part_count = count, .is_go = is_go
	};
	cs_insn *instruction;
	int error = 0;
	csh handle;

	memset(ret_code, 0, sizeof(*ret_code));
	ret_code->entry = parts[0].address;
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) != CS_ERR_OK)
		return -ENOMEM;
	cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
	instruction = cs_malloc(handle);
	if (!instruction)
		error = -ENOMEM;
	for (size_t i = 0; i < count && !error; i++)
		error = read_part(&reading, handle, instruction, &parts[i]);
	if (instruction)
		cs_free(instruction, 1);
	cs_close(&handle);
	return error;
}
