//! A guest of 64 KiB that does what a kernel does first, written as firmware so that nothing has to start before it.
//!
//! It goes from real mode through protected mode to long mode with paging, asks CPUID, writes an MSR, calculates with
//! a vector register, runs forty million instructions and waits for an interrupt of its APIC timer. At each stage it
//! writes a byte to the debug port; at the end, [`SUCCESS`] to the exit port.

/// Changes when the payload does, so that verdicts are not carried over.
pub(super) const VERSION: u32 = 1;

/// QEMU's `isa-debugcon` has this port by default.
const DEBUG_PORT: u8 = 0xe9;
/// Where `isa-debug-exit` has to be.
pub(super) const EXIT_PORT: u8 = 0xf4;
/// What the payload writes there.
const SUCCESS: u8 = 42;
/// QEMU's exit status then.
pub(super) const SUCCESS_STATUS: i32 = ((SUCCESS as i32) << 1) | 1;

/// What each byte on the debug port says to have been reached.
pub(super) fn stage(byte: u8) -> Option<&'static str> {
    match byte {
        b'r' => Some("real mode"),
        b'p' => Some("protected mode"),
        b'l' => Some("long mode"),
        b'v' => Some("vector registers"),
        b's' => Some("full speed"),
        b'i' => Some("timer interrupts"),
        _ => None,
    }
}

// Where things are in the ROM, which the processor sees at 0xf0000.
const REAL_MODE: usize = 0x0000;
const PROTECTED_MODE: usize = 0x0100;
const LONG_MODE: usize = 0x0200;
const INTERRUPT: usize = 0x0300;
const GDT_POINTER: usize = 0x0400;
const IDT_POINTER: usize = 0x0410;
const GDT: usize = 0x0420;
const RESET: usize = 0xfff0;
const SIZE: usize = 0x1_0000;

// In memory: page tables at 0x1000 (PML4), 0x2000 (PDPT), 0x3000 and 0x4000 (page directories for the first and the
// fourth GiB), interrupt gates at 0x5000, a vector at 0x6000, the stack below 0x8000.

const REAL_MODE_CODE: &[&[u8]] = &[
    &[0xfa],                                              // cli
    &[0xb0, b'r', 0xe6, DEBUG_PORT],                      // out DEBUG_PORT, 'r'
    &[0x31, 0xc0],                                        // xor ax, ax
    &[0x8e, 0xd8],                                        // mov ds, ax
    &[0x66, 0xc7, 0x06, 0x00, 0x10, 0x03, 0x20, 0, 0], // mov dword [0x1000], 0x2003: PML4[0], present, writable
    &[0x66, 0xc7, 0x06, 0x00, 0x20, 0x03, 0x30, 0, 0], // mov dword [0x2000], 0x3003: PDPT[0]
    &[0x66, 0xc7, 0x06, 0x18, 0x20, 0x03, 0x40, 0, 0], // mov dword [0x2018], 0x4003: PDPT[3]
    &[0x66, 0xc7, 0x06, 0x00, 0x30, 0x83, 0x00, 0, 0], // mov dword [0x3000], 0x83: the first 2 MiB
    &[0x66, 0xc7, 0x06, 0xb8, 0x4f, 0x93, 0, 0xe0, 0xfe], // mov dword [0x4fb8], 0xfee00093: the APIC, uncached
    &[0x66, 0xc7, 0x06, 0x00, 0x52, 0, 0x03, 0x18, 0], // mov dword [0x5200], 0x180300: gate 0x20 to INTERRUPT
    &[0x66, 0xc7, 0x06, 0x04, 0x52, 0, 0x8e, 0x0f, 0], // mov dword [0x5204], 0xf8e00: … at 0xf0000, present
    &[0x2e, 0x66, 0x0f, 0x01, 0x16, 0x00, 0x04],       // lgdt [cs:GDT_POINTER]
    &[0x66, 0xb8, 0x11, 0, 0, 0],                      // mov eax, 0x11: protection, extension type
    &[0x0f, 0x22, 0xc0],                               // mov cr0, eax
    &[0x66, 0xea, 0x00, 0x01, 0x0f, 0x00, 0x08, 0x00], // jmp 0x08:0xf0000 + PROTECTED_MODE
];

const PROTECTED_MODE_CODE: &[&[u8]] = &[
    &[0xb8, 0x10, 0, 0, 0],                      // mov eax, 0x10
    &[0x8e, 0xd8],                               // mov ds, eax
    &[0x8e, 0xd0],                               // mov ss, eax
    &[0xbc, 0x00, 0x80, 0, 0],                   // mov esp, 0x8000
    &[0xb0, b'p', 0xe6, DEBUG_PORT],             // out DEBUG_PORT, 'p'
    &[0xb8, 0x00, 0x10, 0, 0],                   // mov eax, 0x1000
    &[0x0f, 0x22, 0xd8],                         // mov cr3, eax
    &[0xb8, 0x20, 0x06, 0, 0],                   // mov eax, 0x620: PAE, OSFXSR, OSXMMEXCPT
    &[0x0f, 0x22, 0xe0],                         // mov cr4, eax
    &[0xb9, 0x80, 0, 0, 0xc0],                   // mov ecx, 0xc0000080: EFER
    &[0x0f, 0x32],                               // rdmsr
    &[0x0d, 0, 0x01, 0, 0],                      // or eax, 0x100: long mode
    &[0x0f, 0x30],                               // wrmsr
    &[0xb8, 0x13, 0, 0, 0x80], // mov eax, 0x80000013: paging, monitor coprocessor, protection
    &[0x0f, 0x22, 0xc0],       // mov cr0, eax
    &[0xea, 0x00, 0x02, 0x0f, 0x00, 0x18, 0x00], // jmp 0x18:0xf0000 + LONG_MODE
];

const LONG_MODE_CODE: &[&[u8]] = &[
    &[0x31, 0xc0],                                  // xor eax, eax
    &[0x0f, 0xa2],                                  // cpuid
    &[0xb0, b'l', 0xe6, DEBUG_PORT],                // out DEBUG_PORT, 'l'
    &[0x0f, 0x28, 0x04, 0x25, 0x00, 0x60, 0, 0],    // movaps xmm0, [0x6000]
    &[0x66, 0x0f, 0xfe, 0xc0], // paddd xmm0, xmm0: KVM's emulator does not know it
    &[0x0f, 0x29, 0x04, 0x25, 0x00, 0x60, 0, 0], // movaps [0x6000], xmm0
    &[0xb0, b'v', 0xe6, DEBUG_PORT], // out DEBUG_PORT, 'v'
    &[0xb9, 0x00, 0x2d, 0x31, 0x01], // mov ecx, 20000000
    &[0xff, 0xc9, 0x75, 0xfc], // again: dec ecx; jnz again
    &[0xb0, b's', 0xe6, DEBUG_PORT], // out DEBUG_PORT, 's'
    &[0x0f, 0x01, 0x1c, 0x25, 0x10, 0x04, 0x0f, 0], // lidt [0xf0000 + IDT_POINTER]
    &[0xbf, 0, 0, 0xe0, 0xfe], // mov edi, 0xfee00000: the APIC
    &[0xc7, 0x87, 0xf0, 0, 0, 0, 0xff, 0x01, 0, 0], // mov dword [rdi + 0xf0], 0x1ff: enable, spurious vector 0xff
    &[0xc7, 0x87, 0xe0, 0x03, 0, 0, 0x0b, 0, 0, 0], // mov dword [rdi + 0x3e0], 0xb: divide by 1
    &[0xc7, 0x87, 0x20, 0x03, 0, 0, 0x20, 0, 0, 0], // mov dword [rdi + 0x320], 0x20: timer, once, vector 0x20
    &[0x31, 0xdb],                                  // xor ebx, ebx
    &[0xc7, 0x87, 0x80, 0x03, 0, 0, 0, 0, 0x01, 0], // mov dword [rdi + 0x380], 0x10000: start
    &[0xfb, 0xf4, 0xfa],                            // wait: sti; hlt; cli
    &[0x85, 0xdb, 0x74, 0xf9],                      // test ebx, ebx; jz wait
    &[0xb0, b'i', 0xe6, DEBUG_PORT],                // out DEBUG_PORT, 'i'
    &[0xb0, SUCCESS, 0xe6, EXIT_PORT],              // out EXIT_PORT, SUCCESS
    &[0xf4, 0xeb, 0xfd],                            // halt: hlt; jmp halt
];

const INTERRUPT_CODE: &[&[u8]] = &[
    &[0xff, 0xc3],                            // inc ebx
    &[0xc7, 0x87, 0xb0, 0, 0, 0, 0, 0, 0, 0], // mov dword [rdi + 0xb0], 0: end of interrupt
    &[0x48, 0xcf],                            // iretq
];

const GDT_POINTER_DATA: &[&[u8]] = &[&[0x1f, 0], &[0x20, 0x04, 0x0f, 0]]; // 4 entries at 0xf0000 + GDT
const IDT_POINTER_DATA: &[&[u8]] = &[&[0x0f, 0x02], &[0x00, 0x50, 0, 0, 0, 0, 0, 0]]; // 0x21 gates at 0x5000

// The accessed bit is set, since the processor could not set it in a ROM.
const GDT_DATA: &[&[u8]] = &[
    &[0, 0, 0, 0, 0, 0, 0, 0],             // 0x00
    &[0xff, 0xff, 0, 0, 0, 0x9b, 0xcf, 0], // 0x08: code, 32 bits, 4 GiB
    &[0xff, 0xff, 0, 0, 0, 0x93, 0xcf, 0], // 0x10: data
    &[0xff, 0xff, 0, 0, 0, 0x9b, 0xaf, 0], // 0x18: code, 64 bits
];

const RESET_CODE: &[&[u8]] = &[&[0xea, 0x00, 0x00, 0x00, 0xf0]]; // jmp 0xf000:REAL_MODE

/// The whole ROM.
pub(super) fn rom() -> Vec<u8> {
    let mut rom = vec![0; SIZE];
    for (start, pieces) in [
        (REAL_MODE, REAL_MODE_CODE),
        (PROTECTED_MODE, PROTECTED_MODE_CODE),
        (LONG_MODE, LONG_MODE_CODE),
        (INTERRUPT, INTERRUPT_CODE),
        (GDT_POINTER, GDT_POINTER_DATA),
        (IDT_POINTER, IDT_POINTER_DATA),
        (GDT, GDT_DATA),
        (RESET, RESET_CODE),
    ] {
        let bytes = pieces.concat();
        rom[start..start + bytes.len()].copy_from_slice(&bytes);
    }
    rom
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rom_starts_at_the_reset_vector() {
        let rom = rom();
        assert_eq!(rom.len(), SIZE);
        assert_eq!(rom[RESET], 0xea);
        let length = |pieces: &[&[u8]]| pieces.concat().len();
        assert!(length(REAL_MODE_CODE) <= PROTECTED_MODE - REAL_MODE);
        assert!(length(PROTECTED_MODE_CODE) <= LONG_MODE - PROTECTED_MODE);
        assert!(length(LONG_MODE_CODE) <= INTERRUPT - LONG_MODE);
    }
}
