// The precompiled headers of the tests need a translation unit to belong to.
