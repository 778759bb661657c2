/* Stands in for a program of another processor where the kernel cannot be told of an emulator (binfmt_misc): it
 * calls the emulator with the program that lies beside it under its name and ".arm". Linked statically. */
#include <stdio.h>
#include <unistd.h>

int main(int count, char **words)
{
	char *line[count + 4];
	line[0] = "/qemu-aarch64-static";
	line[1] = "-0";
	line[2] = words[0];
	line[3] = PROGRAM ".arm";
	for (int each = 1; each <= count; each++)
		line[each + 3] = words[each];
	execv(line[0], line);
	perror(line[0]);
	return 127;
}
