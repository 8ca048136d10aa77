using System.Runtime.CompilerServices;

// Every binding is blittable: nothing between C# and the kernel may allocate or convert.
[assembly: DisableRuntimeMarshalling]
